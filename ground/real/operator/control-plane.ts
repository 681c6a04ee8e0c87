import type { SimClient } from "../../../sim/client.ts";
import { isNotFound } from "../../../sim/client-error.ts";
import type { Obj } from "../../../sim/object.ts";
import type { ObjRef } from "../../../sim/resource-paths.ts";
import { controlPlaneType } from "../../../sim/platform/kinds.ts";
import type { ControlPlaneRef } from "../../ground.ts";

/** An order for a control plane with access for an administrator. */
export function controlPlane({ name, namespace }: ControlPlaneRef): Obj {
  const tokens = [{ name: "admin", roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] }];
  return { ...controlPlaneType, metadata: { name, namespace }, spec: { iam: { tokens } } };
}

/** Names a control plane. */
export function controlPlaneRef({ name, namespace }: ControlPlaneRef): ObjRef {
  return { ...controlPlaneType, name, namespace };
}

/** Has the operator look at a control plane now: by itself it waits longer and longer. One that is gone stays gone. */
export async function hurry(onboarding: SimClient, ref: ControlPlaneRef): Promise<void> {
  try {
    const annotations = { "openmcp.cloud/operation": "reconcile" };
    await onboarding.patchMerge(controlPlaneRef(ref), { metadata: { annotations } });
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}
