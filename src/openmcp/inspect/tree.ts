/** On which cluster an object lies. */
export type ClusterRole = "onboarding" | "platform" | "mcp" | "workload";

/**
 * How an object is.
 *
 * - `absent`: the object is expected, and does not exist.
 * - `foreign`: somebody else has made it under the name that the provider needs.
 * - `unknown`: the cluster does not answer, or refuses to tell.
 */
export type NodeState = "ready" | "waiting" | "failed" | "absent" | "foreign" | "unknown";

/** An Event about an object. */
export type EventLine = {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** When it was last seen, RFC 3339. */
  readonly at?: string;
  readonly count: number;
};

/** One object of an installation, with those that it leads to. Plain data, which becomes JSON. */
export type TreeNode = {
  readonly cluster: ClusterRole;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly state: NodeState;
  readonly message: string;
  readonly version?: string;
  /** RFC 3339, as every time here. */
  readonly createdAt?: string;
  /** Since when the object is in its state. */
  readonly since?: string;
  /** Further facts, each with a name for the reader. */
  readonly details?: Readonly<Record<string, string>>;
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
