import type { KubeClient } from "../../kube/client.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import type { Store } from "../../runtime/store.ts";
import type { Attempts } from "./attempts.ts";
import { ANNOTATIONS } from "../annotations.ts";
import { inputsOf } from "./inputs-mark.ts";
import { retryToken } from "./retry-token.ts";

/**
 * Has Flux try once more what it has tried in vain, if something has changed that could help.
 *
 * Token and mark are one write: whatever ends the process, one change leads to one retry.
 */
export async function retryInVain<T extends KubeObject>(
  attempts: Attempts<T>,
  { desired, live }: { readonly desired: T | undefined; readonly live: T | undefined },
  { client, store, pass }: { readonly client: KubeClient; readonly store: Store<T>; readonly pass: Pass },
): Promise<void> {
  const token = desired && retryToken(live, desired, { force: pass.force, attempts });
  if (desired === undefined || live === undefined || token === undefined) {
    return;
  }
  const asked = attempts.askedForBy.map((annotation) => [annotation, token] as const);
  const annotations = { [ANNOTATIONS.inputs]: inputsOf(desired), ...Object.fromEntries(asked) };
  const patch = { metadata: { uid: live.metadata.uid, annotations } };
  store.written(await client.mergePatch(attempts.resource, live.metadata, patch, { signal: pass.signal }));
}
