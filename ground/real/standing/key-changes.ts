/** Keys of a part of etcd, each with the revision at which it was written last. */
export type KeyRevisions = ReadonlyMap<string, string>;

/** What leads from one state of etcd back to an earlier one. */
export type KeyChanges = {
  /** Keys that were not there. */
  readonly extra: readonly string[];
  /** Keys that were written again, or are gone. */
  readonly changed: readonly string[];
};

/** Compares the state of an API server's part of etcd with an earlier one; what the server keeps for itself is left out. */
export function keyChanges(before: KeyRevisions, now: KeyRevisions): KeyChanges {
  const extra = [...now.keys()].filter((key) => !before.has(key));
  const changed = [...before].filter(([key, revision]) => now.get(key) !== revision).map(([key]) => key);
  return { extra: extra.filter(isOfUsers), changed: changed.filter(isOfUsers) };
}

// An API server renews what says that it lives, for ever.
function isOfUsers(key: string): boolean {
  return !/\/(leases\/kube-system|peerserverleases)\/apiserver-/u.test(key);
}
