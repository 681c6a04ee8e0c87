import { readAccess } from "../../sandbox/connect.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { ref } from "./kinds.ts";
import type { TenantRefs } from "./tenant-refs.ts";
import type { World } from "./world.ts";

/** Makes the control plane refuse the access, as it does an expired one; returns what the platform does then. */
export async function breakToken(
  { platform }: Pick<World, "platform">,
  { accessRequest }: TenantRefs,
): Promise<() => Promise<Obj>> {
  const request = await platform.get(accessRequest);
  const secret = ref("secret", textAt(request, "status", "secretRef", "name"), accessRequest.namespace);
  const kubeconfig = textAt(await platform.get(secret), "data", "kubeconfig");
  const text = Buffer.from(kubeconfig, "base64").toString();
  const broken = text.replace(readAccess(text).token, "expired");
  await platform.patchMerge(secret, { data: { kubeconfig: Buffer.from(broken).toString("base64") } });
  return () => platform.patchMerge(secret, { data: { kubeconfig } });
}
