/** Returns what a map has for a key, and makes it once where it has nothing. At most `limit` entries stay, the latest. */
export function remember<K, V extends string | number | boolean | object>(
  entries: Map<K, V>,
  key: K,
  how: { readonly limit: number; make(): V },
): V {
  const known = entries.get(key);
  if (known !== undefined) {
    return known;
  }
  const made = how.make();
  entries.set(key, made);
  forgetOldest(entries, how.limit);
  return made;
}

/** Removes the oldest entries of a map or a set, in the order of insertion, until at most `limit` are left. */
export function forgetOldest<K>(entries: Map<K, unknown> | Set<K>, limit: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= limit) {
      return;
    }
    entries.delete(oldest);
  }
}
