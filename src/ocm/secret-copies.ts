import { secrets, type Secret } from "../kube/core.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import { keyOf } from "../runtime/key.ts";
import { applierOf } from "./applier.ts";
import { deleteIfThere } from "../openmcp/platform/delete-object.ts";
import { onlyOurs } from "./observed.ts";
import type { Plan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import type { TenantObjects } from "./tenant-objects.ts";

type On = { readonly platform: Platform; readonly pass: Pass };

/** Brings copies of the operator's Secrets into the tenant namespace: what the chart is fetched with. */
export async function applyCopies(plan: Plan, objects: TenantObjects, on: On): Promise<void> {
  const apply = applierOf(on.platform, on.pass);
  for (const copy of plan.copies ?? []) {
    await removeUnlikeCopy(copy, objects, on);
    await apply(secrets, on.platform.stores.secretCopies, copy);
  }
}

/** Removes the copies that nothing refers to any more. */
export async function removeObsoleteCopies(plan: Plan, objects: TenantObjects, { platform, pass }: On): Promise<void> {
  const wanted = new Set((plan.copies ?? []).map(({ metadata }) => metadata.name));
  for (const copy of platform.stores.secretCopies.inNamespace(objects.namespace)) {
    if (!wanted.has(copy.metadata.name) && onlyOurs(copy, objects) !== undefined) {
      await deleteIfThere(platform.client, secrets, copy, pass.signal);
    }
  }
}

// The type of a Secret cannot be changed: a copy of another type has to go first.
async function removeUnlikeCopy(wanted: Secret, objects: TenantObjects, { platform, pass }: On): Promise<void> {
  const copy = onlyOurs(platform.stores.secretCopies.get(keyOf(wanted)), objects);
  if (copy !== undefined && copy.type !== wanted.type) {
    await deleteIfThere(platform.client, secrets, copy, pass.signal);
  }
}
