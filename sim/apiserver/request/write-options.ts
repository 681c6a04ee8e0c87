import { badRequest, invalid } from "../api/api-error.ts";
import { isTrue } from "./request-info.ts";

/** Query parameters of a write. */
export type WriteOptions = {
  readonly dryRun: boolean;
  /** Whom the fields belong to: `fieldManager`, or the name in front of the first `/` of the user agent. */
  readonly manager: string;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
  readonly force: boolean;
};

const MANAGER_LENGTH = 128;

/** Reads and checks the options of a write that is not an apply. */
export function parseWriteOptions(query: URLSearchParams, userAgent?: string, kind = "PatchOptions"): WriteOptions {
  const agent = (userAgent ?? "").split("/")[0] ?? "";
  const fallback = agent === "" ? "unknown" : agent.slice(0, MANAGER_LENGTH);
  const manager = query.get("fieldManager");
  return {
    dryRun: parseDryRun(query.getAll("dryRun"), kind),
    manager: manager === null || manager === "" ? fallback : manager,
    fieldValidation: parseFieldValidation(query.get("fieldValidation")),
    force: isTrue(query.get("force")),
  };
}

/** Reads and checks the options of an apply, which has to name its manager. */
export function parseApplyOptions(query: URLSearchParams): WriteOptions {
  if ((query.get("fieldManager") ?? "") === "") {
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions", name: "" }, [
      { field: "fieldManager", reason: "FieldValueRequired", message: "Required value: is required for apply patch" },
    ]);
  }
  return parseWriteOptions(query);
}

/** Reads the values of `dryRun`; `kind` is the kind of the options they belong to. */
export function parseDryRun(values: readonly unknown[], kind: string): boolean {
  if (values.some((value) => value !== "All")) {
    const message = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
    throw invalid({ group: "meta.k8s.io", kind, name: "" }, [
      { field: "dryRun", reason: "FieldValueNotSupported", message },
    ]);
  }
  return values.length > 0;
}

function parseFieldValidation(value: string | null): WriteOptions["fieldValidation"] {
  if (value === null || value === "") {
    return "Warn";
  }
  if (value === "Ignore" || value === "Warn" || value === "Strict") {
    return value;
  }
  const message = `fieldValidation: Unsupported value: "${value}": supported values: "Ignore", "Warn", "Strict"`;
  throw badRequest(message);
}
