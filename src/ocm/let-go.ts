import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import { ACCESS_FINALIZER } from "../openmcp/platform/tenant-access.ts";
import { removeFinalizer } from "../runtime/finalizer.ts";
import type { Store } from "../runtime/store.ts";
import type { Platform } from "./platform.ts";

/** Where the requests of a kind are. */
export type Of<T extends KubeObject> = { readonly resource: Resource<T>; readonly store: Store<T> };

/** Takes our finalizer off a request for access or for a cluster. */
export async function letGo<T extends KubeObject>(
  request: T,
  { platform, pass, resource, store }: { readonly platform: Platform; readonly pass: Pass } & Of<T>,
): Promise<void> {
  store.deleted(request, await removeFinalizer<T>(platform.client, resource, request, ACCESS_FINALIZER, pass.signal));
}
