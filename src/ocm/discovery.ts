import { isRecord } from "../kube/json.ts";
import { type Condition, isTerminating, type KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { Sighting } from "../openmcp/service/definition.ts";
import { plainMessage } from "../openmcp/service/plain-message.ts";
import { findCondition } from "../runtime/conditions.ts";
import { TOOLKIT_GROUP } from "./user-objects.ts";

/**
 * An operator's question to the OCM K8s Toolkit on the platform cluster: which versions does a component lead to?
 *
 * The toolkit keeps its last answer when it fails, and leaves a suspended object alone.
 */
export type Discovery = KubeObject & {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    /** Records of the operator's own form, if `spec.extract` says how they are made. */
    readonly extracted?: unknown;
    /** Component descriptors otherwise. */
    readonly components?: unknown;
  };
};

/** The resource of the kind. */
export const discoveries: Resource<Discovery> = {
  group: TOOLKIT_GROUP,
  version: "v1alpha1",
  kind: "Discovery",
  plural: "discoveries",
  namespaced: true,
};

/** A version that a Discovery has found. */
export type FoundVersion = {
  readonly version: string;
  /** OCI tag of the chart, if it is not the version. */
  readonly chartVersion?: string;
  /** Where the chart lies, if it is not where the others lie. */
  readonly chartURL?: string;
};

/** What a Discovery says at this moment. `pending`: the toolkit has not looked at its present spec yet. */
export type Findings =
  | {
      readonly state: "found";
      readonly versions: readonly FoundVersion[];
      /** How many records name no version. */
      readonly nameless: number;
    }
  | { readonly state: "pending" | "failed"; readonly why: string };

/** Keeps of a Discovery what versions are read from: descriptors are large, and no one else reads them. */
export function withoutDescriptors({ apiVersion, kind, metadata, spec, status }: Discovery): Discovery {
  const { managedFields: _1, annotations: _2, ...kept } = metadata;
  const { observedGeneration, conditions, extracted, components } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: kept,
    spec: { suspend: spec?.suspend === true },
    status: {
      ...(observedGeneration !== undefined && { observedGeneration }),
      ...(conditions !== undefined && { conditions }),
      ...(extracted !== undefined && { extracted: mapList(extracted, withoutOtherFields) }),
      ...(components !== undefined && {
        components: mapList(components, (descriptor) => ({ component: { version: versionIn(descriptor) } })),
      }),
    },
  };
}

function mapList(list: unknown, map: (item: unknown) => unknown): unknown {
  return Array.isArray(list) ? list.map((item: unknown) => map(item)) : null;
}

function withoutOtherFields(record: unknown): object | null {
  return isRecord(record) ? pick(record, ["version", "chartVersion", "chartURL"]) : null;
}

function versionIn(descriptor: unknown): unknown {
  const component = isRecord(descriptor) ? descriptor["component"] : undefined;
  return isRecord(component) ? component["version"] : undefined;
}

function pick(record: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(record, name)).map((name) => [name, record[name]]));
}

/** Reads the versions that a Discovery has found, or says why there are none to read. */
export function readDiscovery(sighting: Sighting<Discovery>, name: string): Findings {
  const subject = `Discovery "${name}" in namespace "${sighting.namespace}"`;
  switch (sighting.state) {
    case "unreadable":
      return { state: "failed", why: `cannot follow ${subject}: ${sighting.why}` };
    case "absent":
      return {
        state: "failed",
        why: `${subject} does not exist; the kind comes with an OCM K8s Toolkit on the platform cluster`,
      };
    case "present":
      return readFindings(sighting.object, subject);
  }
}

function readFindings(discovery: Discovery, subject: string): Findings {
  if (isTerminating(discovery)) {
    return { state: "failed", why: `${subject} is being deleted` };
  }
  const conditions = discovery.status?.conditions;
  const ready = findCondition(conditions, "Ready");
  const isReconciling = findCondition(conditions, "Reconciling")?.status === "True";
  if (!isAnswered(discovery, ready) || ready.status === "Unknown" || (ready.status === "False" && isReconciling)) {
    return { state: "pending", why: `the toolkit has not answered ${subject} yet` };
  }
  if (ready.status === "False") {
    return { state: "failed", why: `${subject} is not Ready: ${plainMessage(`${ready.reason}: ${ready.message}`)}` };
  }
  return readAnswer(discovery, subject);
}

// A change of the spec is answered in a moment, unless the object is suspended: then the answer is the last one.
function isAnswered({ metadata, spec, status }: Discovery, ready: Condition | undefined): ready is Condition {
  const isOfNow = status?.observedGeneration === metadata.generation || ready?.status === "False";
  const { observedGeneration = metadata.generation } = ready ?? {};
  return ready !== undefined && (spec?.suspend === true || (isOfNow && observedGeneration === metadata.generation));
}

function readAnswer({ status }: Discovery, subject: string): Findings {
  const { extracted, components } = status ?? {};
  const list = extracted ?? components;
  if (!Array.isArray(list)) {
    return { state: "failed", why: `${subject} is Ready, but has no list in status.extracted or status.components` };
  }
  const versions = list.map(extracted === undefined ? versionOfDescriptor : versionOfRecord);
  const named = versions.filter((version) => version !== undefined);
  if (named.length === 0 && list.length > 0) {
    return { state: "failed", why: `${subject} has ${list.length} records, none of which has a text "version"` };
  }
  return { state: "found", versions: named, nameless: list.length - named.length };
}

function versionOfDescriptor(descriptor: unknown): FoundVersion | undefined {
  const version = versionIn(descriptor);
  return typeof version === "string" ? { version } : undefined;
}

function versionOfRecord(record: unknown): FoundVersion | undefined {
  if (!isRecord(record) || typeof record["version"] !== "string") {
    return undefined;
  }
  const { version, ...place } = pick(record, ["version", "chartVersion", "chartURL"]);
  const isText = Object.values(place).every((value) => typeof value === "string");
  return isText ? { version: record["version"], ...place } : undefined;
}
