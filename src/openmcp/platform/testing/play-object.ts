import type { KubeObject } from "../../../kube/object.ts";
import type { ListWatch } from "../../../runtime/informer.ts";

/**
 * Plays an API server on which one object goes through `states`, `undefined` standing for its absence.
 *
 * The first state is what a list shows, the others come by watch, which then stays silent.
 */
export function playObject<T extends KubeObject>(...states: readonly (T | undefined)[]): ListWatch<T> {
  const [first, ...later] = states;
  return {
    list: () => Promise.resolve({ items: first === undefined ? [] : [first], resourceVersion: "1" }),
    watch: async function* (_resource, { signal }) {
      let last = first;
      for (const state of later.splice(0)) {
        const object = state ?? last;
        if (object !== undefined) {
          yield { type: state === undefined ? "DELETED" : "MODIFIED", object };
        }
        last = state;
      }
      await aborted(signal);
    },
  };
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
