import type { KubeObject } from "../kube/object.ts";
import type { Store } from "../runtime/store.ts";

/**
 * Returns what calls `forget` before a pass over a key whose object is not the one of the pass before: it is gone, or
 * another one has come under its name. Whichever way it went, its finalizer or the end of a pass may have been missed.
 */
export function forgetGone(
  store: Pick<Store<KubeObject>, "get">,
  forget: (key: string) => void,
): (key: string) => void {
  /** By key, the UID of the object for which something may be held. */
  const served = new Map<string, string | undefined>();
  return (key) => {
    const object = store.get(key);
    if (served.has(key) && served.get(key) !== object?.metadata.uid) {
      served.delete(key);
      forget(key);
    }
    if (object !== undefined) {
      served.set(key, object.metadata.uid);
    }
  };
}
