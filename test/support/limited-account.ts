import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { waitUntil } from "../../ground/wait-until.ts";
import { connect, readAccess } from "../../sandbox/connect.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import type { DocumentedRight } from "./documented-rights.ts";
import { POD_NAMESPACE, type World } from "./world.ts";

const RBAC = "rbac.authorization.k8s.io";
const apiVersion = `${RBAC}/v1`;
const TOKEN_SECONDS = 3600;

/** Makes an account on the platform cluster that may do what `rights` say and nothing else; returns its kubeconfig's path. */
export async function createLimitedAccount(
  { platform, ground }: World,
  name: string,
  rights: readonly DocumentedRight[],
): Promise<string> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: POD_NAMESPACE } };
  const subjects = [{ kind: "ServiceAccount", name, namespace: POD_NAMESPACE }];
  const rulesIn = (own: boolean): readonly object[] =>
    rights.filter(({ inOwnNamespace }) => inOwnNamespace === own).map(({ rule }) => rule);
  const own = { name, namespace: POD_NAMESPACE };
  await platform.create(account);
  await platform.create({ apiVersion, kind: "ClusterRole", metadata: { name }, rules: rulesIn(false) });
  await platform.create({
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
    subjects,
  });
  await platform.create({ apiVersion, kind: "Role", metadata: own, rules: rulesIn(true) });
  await platform.create({
    apiVersion,
    kind: "RoleBinding",
    metadata: own,
    roleRef: { apiGroup: RBAC, kind: "Role", name },
    subjects,
  });
  const { status } = await platform.createSubresource<{ readonly status: { readonly token: string } }>(
    { ...account, name, namespace: POD_NAMESPACE },
    "token",
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
  );
  const kubeconfig = kubeconfigFor({ ...readAccess(ground.platform.kubeconfig), token: status.token, name });
  await untilAllowed(kubeconfig);
  const path = join(ground.folder, `${name}.kubeconfig`);
  await writeFile(path, kubeconfig);
  return path;
}

// A real API server takes a moment to learn of roles. Both commands may list what is asked for here.
async function untilAllowed(kubeconfig: string): Promise<void> {
  const client = connect({ kubeconfig });
  const kind = { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "AccessRequest", namespace: POD_NAMESPACE };
  const isAllowed = (): Promise<boolean> =>
    client.list(kind).then(
      () => true,
      () => false,
    );
  await waitUntil(isAllowed, { what: "the roles of the account are known", withinMs: 30_000 });
}
