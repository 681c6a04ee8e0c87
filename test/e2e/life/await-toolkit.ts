import type { Obj } from "../../../sim/object.ts";
import { awaitPresent } from "../../support/await-object.ts";
import { ref } from "../../support/kinds.ts";
import type { Tenant } from "../../support/world.ts";

/** Waits until the toolkit's Deployment on a tenant's control plane is as it is wanted. */
export async function awaitToolkit({ mcp }: Tenant, what: string, isMet: (deployment: Obj) => boolean): Promise<void> {
  const deployment = ref("deployment", "ocm-k8s-toolkit-controller-manager", "ocm-k8s-toolkit-system");
  await awaitPresent(mcp, deployment, isMet, { what: `the toolkit ${what}`, withinMs: 60_000 });
}
