import { isJsonObject } from "../../json.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import { invalid } from "../api/api-error.ts";
import { parseJsonObject } from "./decode-object.ts";
import { parseDryRun } from "./write-options.ts";

/** What happens to objects owned by the deleted one. */
export type Propagation = "Orphan" | "Background" | "Foreground";

/** `metav1.DeleteOptions`, from the body and from the query. */
export type DeleteOptions = {
  readonly dryRun: boolean;
  readonly propagation?: Propagation;
  /** What the object has to be for the delete to happen. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** How long a running pod has to end by itself. Default: as long as the pod says. */
  readonly gracePeriodSeconds?: number;
};

/** Reads and checks the options of a delete. */
export function parseDeleteOptions(query: URLSearchParams, body: string): DeleteOptions {
  const sent = body.trim() === "" ? {} : parseJsonObject(body);
  const dryRun = [...listAt(sent, "dryRun"), ...query.getAll("dryRun")];
  const propagation = parsePropagation(
    query.get("propagationPolicy") ?? textAt(sent, "propagationPolicy"),
    sent["orphanDependents"],
  );
  return {
    dryRun: parseDryRun(dryRun, "DeleteOptions"),
    ...(propagation !== undefined && { propagation }),
    ...preconditionsOf(valueAt(sent, "preconditions")),
    ...graceOf(query.get("gracePeriodSeconds") ?? sent["gracePeriodSeconds"]),
  };
}

function preconditionsOf(sent: unknown): Pick<DeleteOptions, "uid" | "resourceVersion"> {
  if (!isJsonObject(sent)) {
    return {};
  }
  const { uid, resourceVersion } = sent;
  return {
    ...(typeof uid === "string" && { uid }),
    ...(typeof resourceVersion === "string" && { resourceVersion }),
  };
}

function graceOf(sent: unknown): Pick<DeleteOptions, "gracePeriodSeconds"> {
  const isSaid = typeof sent === "number" || (typeof sent === "string" && sent !== "");
  return isSaid ? { gracePeriodSeconds: Number(sent) } : {};
}

function parsePropagation(policy: string, orphanDependents: unknown): Propagation | undefined {
  if (policy === "Orphan" || policy === "Background" || policy === "Foreground") {
    return policy;
  }
  if (policy !== "") {
    const message = `Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`;
    throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions", name: "" }, [
      { field: "propagationPolicy", reason: "FieldValueNotSupported", message },
    ]);
  }
  if (typeof orphanDependents === "boolean") {
    return orphanDependents ? "Orphan" : "Background";
  }
  return undefined;
}
