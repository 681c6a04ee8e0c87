import type { TenantTarget } from "../platform/tenant-access.ts";
import type { Judgement } from "../service/inspection.ts";

/** On which cluster an object lies. */
export type ClusterRole = "onboarding" | "platform" | TenantTarget;

/**
 * How an object is.
 *
 * - `absent`: the installation needs the object, which does not exist.
 * - `foreign`: somebody else has made it under the name that the provider needs.
 * - `unknown`: the cluster does not answer, or refuses to tell.
 */
export type NodeState = Judgement["state"] | "absent" | "foreign" | "unknown";

/** An Event about an object. */
export type EventLine = {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** When the Event was last seen, RFC 3339. */
  readonly at?: string;
  readonly count: number;
};

/** One object of an installation, with those that it leads to. Plain data, which becomes JSON. */
export type TreeNode = Omit<Judgement, "state"> & {
  readonly cluster: ClusterRole;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly state: NodeState;
  /** RFC 3339. */
  readonly createdAt?: string;
  /** The latest first. */
  readonly events: readonly EventLine[];
  readonly children: readonly TreeNode[];
};

/** All objects of a tree, each before those that it leads to. */
export function* nodesOf(tree: TreeNode): Generator<TreeNode> {
  yield tree;
  for (const child of tree.children) {
    yield* nodesOf(child);
  }
}

/** Names one object on one cluster. */
type Place = Pick<TreeNode, "cluster" | "kind" | "namespace" | "name">;

/** The objects that lead to one object, and that object, without what they lead to besides; nothing if it is not in the tree. Pure. */
export function pathTo(place: Place, tree: TreeNode): readonly TreeNode[] {
  const own = { ...tree, children: [] };
  if (isAt(tree, place)) {
    return [own];
  }
  const rest = tree.children.map((child) => pathTo(place, child)).find((path) => path.length > 0);
  return rest === undefined ? [] : [own, ...rest];
}

function isAt(node: TreeNode, { cluster, kind, namespace, name }: Place): boolean {
  return node.cluster === cluster && node.kind === kind && node.namespace === namespace && node.name === name;
}
