import type { KubeObject } from "../../kube/object.ts";

/**
 * Returns what calls `forget` before a pass over a key whose object is not the one of the pass before: it is gone, or
 * another one has come under its name. Whichever way it went, its finalizer or the end of a pass may have been missed.
 */
export function forgetGone(
  served: { get(key: string): KubeObject | undefined },
  forget: (key: string) => void,
): (key: string) => void {
  /** By key, the UID of the object for which something may be held. */
  const known = new Map<string, string | undefined>();
  return (key) => {
    const object = served.get(key);
    if (known.has(key) && known.get(key) !== object?.metadata.uid) {
      known.delete(key);
      forget(key);
    }
    if (object !== undefined) {
      known.set(key, object.metadata.uid);
    }
  };
}
