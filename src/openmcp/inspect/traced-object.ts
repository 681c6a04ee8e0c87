import type { KubeObject } from "../../kube/object.ts";
import type { Program } from "../command/command.ts";
import { hasApplied, isPredecessors } from "../platform/ownership.ts";
import { MANAGED_BY_LABEL } from "../platform/tenant-access.ts";
import { controllersOf } from "../service/definition.ts";
import { type HolderRules, holderOf, operationOf } from "./holders.ts";
import type { ClusterRole } from "./tree.ts";

/** Any object of a cluster, by its metadata. Plain data, which becomes JSON. */
export type TracedObject = {
  readonly cluster: ClusterRole;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt?: string;
  readonly deletedAt?: string;
  /** Who has made the object, as far as that can be told. */
  readonly madeBy: string;
  /** Field managers that have written something of the object. */
  readonly writers: readonly string[];
  /** What keeps the object from going when it is deleted. */
  readonly finalizers: readonly { readonly name: string; readonly removal: string }[];
  /** Objects with which this one is deleted. */
  readonly owners: readonly string[];
  /** Value of the annotation by which the provider is told to leave the object alone, or to look again. */
  readonly operation?: string;
};

/** Says of an object whose it is and what holds it. Pure. */
export function traceObject(
  object: KubeObject,
  cluster: ClusterRole,
  rules: HolderRules & Pick<Program, "controller">,
): TracedObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, creationTimestamp, deletionTimestamp, finalizers = [], ownerReferences = [] } = metadata;
  const operation = operationOf(object);
  return {
    cluster,
    apiVersion,
    kind,
    ...(namespace !== undefined && { namespace }),
    name,
    ...(creationTimestamp !== undefined && { createdAt: creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletedAt: deletionTimestamp }),
    madeBy: makerOf(object, rules),
    writers: writersOf(object),
    finalizers: finalizers.map((finalizer) => holderOf(finalizer, rules)),
    owners: ownerReferences.map((owner) => `${owner.kind} ${owner.name}`),
    ...(operation !== undefined && { operation }),
  };
}

function writersOf({ metadata: { managedFields = [] } }: KubeObject): readonly string[] {
  return [...new Set(managedFields.map(({ manager = "unknown" }) => manager))];
}

function makerOf(object: KubeObject, rules: HolderRules & Pick<Program, "controller">): string {
  const { name } = rules;
  const label = object.metadata.labels?.[MANAGED_BY_LABEL];
  if (hasApplied(object, name)) {
    return name;
  }
  if (isPredecessors(object, name)) {
    return `the predecessor of ${name}, and not taken over yet`;
  }
  if (label !== undefined) {
    return controllersOf(rules).includes(label) ? `${name}, by its label` : `${label}, by its label`;
  }
  const [first] = writersOf(object);
  return first === undefined ? "unknown" : `somebody else; first writer known: ${first}`;
}
