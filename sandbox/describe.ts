import type { Obj } from "../sim/object.ts";

/** How one object is, in a word for the colour and a few for the reader. */
export type Description = { readonly mood: "done" | "busy" | "failed"; readonly text: string };

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
};

type Fields = {
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly status?: {
    readonly phase?: string;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly availableReplicas?: number;
  };
  readonly spec?: { readonly replicas?: number; readonly suspend?: boolean };
};

/** Describes any object that the sandbox shows. */
export function describe(object: Obj): Description {
  if (object.metadata.deletionTimestamp !== undefined) {
    return { mood: "busy", text: `being deleted${because(readyCondition(object))}` };
  }
  switch (object.kind) {
    case "Namespace":
      return { mood: "done", text: "" };
    case "ConfigMap":
      return { mood: "done", text: Object.values(fieldsOf(object).data ?? {}).join(", ") };
    case "Secret":
      return describeSecret(object);
    case "Deployment":
      return describeDeployment(object);
    case "ClusterRequest":
    case "AccessRequest":
      return describePhase(object);
    default:
      return describeReady(object);
  }
}

/** Describes the conditions beside `Ready` that the object of a tenant reports, each in a line. */
export function describeConditions(object: Obj): readonly Description[] {
  const conditions = isOfTenant(object) ? (fieldsOf(object).status?.conditions ?? []) : [];
  return conditions
    .filter(({ type }) => type !== "Ready")
    .map(({ type, status, reason, message }) => ({
      mood: status === "True" ? "done" : "busy",
      text: `${type} ${status}: ${reason}, ${message}`,
    }));
}

/** Whether the object of a tenant says that what it asks for now is in place. */
export function isReady(object: Obj): boolean {
  const { status } = fieldsOf(object);
  return status?.phase === "Ready" && status.observedGeneration === object.metadata.generation;
}

const KINDS_OF_OTHERS = [
  "ProviderConfig",
  "ClusterRequest",
  "AccessRequest",
  "OCIRepository",
  "HelmRelease",
  "Deployment",
];

function isOfTenant({ kind }: Obj): boolean {
  return !KINDS_OF_OTHERS.includes(kind);
}

function describeSecret(secret: Obj): Description {
  const release = secret.metadata.labels;
  if (release?.["owner"] === "helm") {
    return { mood: "done", text: `Helm release, version ${release["version"]}, ${release["status"]}` };
  }
  return { mood: "done", text: fieldsOf(secret).type ?? "Opaque" };
}

function describeDeployment(deployment: Obj): Description {
  const { spec, status } = fieldsOf(deployment);
  const wanted = spec?.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  return { mood: available >= wanted ? "done" : "busy", text: `${available} of ${wanted} replicas available` };
}

function describePhase(request: Obj): Description {
  const phase = fieldsOf(request).status?.phase ?? "Pending";
  return { mood: phase === "Granted" ? "done" : "busy", text: phase };
}

function describeReady(object: Obj): Description {
  if (fieldsOf(object).spec?.suspend === true) {
    return { mood: "busy", text: "suspended" };
  }
  const ready = readyCondition(object);
  switch (ready?.status) {
    case "True":
      return { mood: "done", text: `Ready${because(ready)}` };
    case "False":
      return { mood: ready.reason.endsWith("Failed") ? "failed" : "busy", text: `not ready${because(ready)}` };
    default:
      return { mood: "busy", text: `in progress${because(ready)}` };
  }
}

// A condition that speaks of an older generation would show the previous version as ready.
function readyCondition(object: Obj): Condition | undefined {
  return fieldsOf(object).status?.conditions?.find(
    ({ type, observedGeneration }) =>
      type === "Ready" && (observedGeneration ?? object.metadata.generation) === object.metadata.generation,
  );
}

function because(condition: Condition | undefined): string {
  return condition === undefined ? "" : `: ${condition.reason}, ${condition.message}`;
}

function fieldsOf(object: Obj): Fields {
  return object as Fields;
}
