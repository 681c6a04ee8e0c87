import { connect, readAccess } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import type { World } from "./world.ts";

const RBAC = "rbac.authorization.k8s.io";

/** Connects to the onboarding cluster as a user who has a ClusterRole in one namespace, and nothing else. */
export async function connectAsUser(
  { onboarding, ground }: Pick<World, "onboarding" | "ground">,
  { namespace, role }: { readonly namespace: string; readonly role: string },
): Promise<SimClient> {
  const metadata = { name: `has-${role}`, namespace };
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata };
  await onboarding.create(account);
  await onboarding.create({
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", ...metadata }],
  });
  const { apiVersion, kind } = account;
  const { status } = await onboarding.createSubresource<{ readonly status: { readonly token: string } }>(
    { apiVersion, kind, ...metadata },
    "token",
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  );
  const access = readAccess(ground.onboarding.kubeconfig);
  return connect({ kubeconfig: kubeconfigFor({ ...access, token: status.token, name: metadata.name }) });
}
