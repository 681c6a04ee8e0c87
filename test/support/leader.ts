import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { awaitPresent } from "./await-object.ts";
import { POD_NAMESPACE } from "./world.ts";

/** As far as tests read it. */
export type Lease = Obj & { readonly spec?: { readonly holderIdentity?: string } };

/** The Lease of the process that leads; of several shards, of the one that does what is done once for all tenants. */
export const LEASE: ObjRef = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  name: "sp-ocm",
  namespace: POD_NAMESPACE,
};

/** Waits until the process in a pod leads. */
export async function awaitLeader(platform: SimClient, podName: string, withinMs?: number): Promise<void> {
  // An identity is the pod's name and, after an underscore, that of the process.
  const isHolder = ({ spec }: Lease): boolean => spec?.holderIdentity?.startsWith(`${podName}_`) ?? false;
  const waiting = { what: `${podName} leads`, ...(withinMs !== undefined && { withinMs }) };
  await awaitPresent<Lease>(platform, LEASE, isHolder, waiting);
}
