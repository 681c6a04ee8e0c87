import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { connect, readAccess } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { awaitGone, awaitObject } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
const DEPLOYMENT = ref("deployment", "ocm-k8s-toolkit-controller-manager", "ocm-k8s-toolkit-system");

describe("the workload cluster as target", () => {
  let world: World;
  let tenant: Tenant;
  let version: string;
  before(async () => {
    world = await startRunningWorld({ targetCluster: "Workload" });
    [version = ""] = world.ground.charts.versions;
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
  });
  after(() => world.stop());

  it("is requested for the tenant, and has the toolkit that the control plane has not", async () => {
    const { access, cluster } = requestsOf(tenant);

    assert.equal(textAt(await world.platform.get(cluster), "spec", "purpose"), "workload");
    assert.equal(textAt(await world.platform.get(access), "spec", "requestRef", "name"), cluster.name);
    assert.notEqual(await (await workloadCluster(tenant)).find(DEPLOYMENT), undefined);
    assert.equal(await tenant.mcp.find(DEPLOYMENT), undefined);
    assert.equal(await world.platform.find(refsOf(tenant).accessRequest), undefined);
  });

  it("is not shared with the toolkit of another tenant", async () => {
    const other = await world.order({ name: "mcp-02", namespace: "project-x--ws-y" });
    await world.onboarding.create(ocm(other, version));

    const refused = await awaitReason(world.onboarding, refsOf(other).ocm, "ReleaseReady", "ClusterShared");

    assert.equal(JSON.stringify(refused.status).includes(tenant.tenantNamespace), false);
    await world.onboarding.delete(refsOf(other).ocm);
    await awaitGone(world.onboarding, refsOf(other).ocm);
    await awaitGone(world.platform, requestsOf(other).cluster);
  });

  it("stays the one of an installation when the setting changes", async () => {
    const release = await world.platform.get(refsOf(tenant).release);
    await world.platform.patchMerge(CONFIG, { spec: { targetCluster: null } });

    await awaitObject(
      world.onboarding,
      refsOf(tenant).ocm,
      (object) => /stays there/u.test(conditionOf(object, "AccessReady")?.message ?? ""),
      { what: "the OCM object says that its installation stays" },
    );
    await awaitReady(world.onboarding, tenant, version);

    assert.deepEqual((await world.platform.get(refsOf(tenant).release))["spec"], release["spec"]);
    assert.equal(await world.platform.find(refsOf(tenant).accessRequest), undefined);
  });

  it("is given back when the tenant goes, after the access to it", async () => {
    const { access, cluster } = requestsOf(tenant);
    const target = await workloadCluster(tenant);
    const order: string[] = [];
    const gone = [access, cluster].map(async (object) => {
      await awaitGone(world.platform, object);
      order.push(object.kind);
    });
    await world.onboarding.delete(refsOf(tenant).ocm);

    await Promise.all(gone);
    await awaitGone(world.onboarding, refsOf(tenant).ocm);

    assert.deepEqual(order, ["AccessRequest", "ClusterRequest"]);
    assert.equal(await target.find(DEPLOYMENT), undefined);
  });

  /** The cluster on which the toolkit of a tenant runs, by an access that is not taken back with the tenant's. */
  async function workloadCluster({ tenantNamespace, ...plane }: Tenant): Promise<SimClient> {
    const { access } = requestsOf({ tenantNamespace, ...plane });
    const name = textAt(await world.platform.get(access), "status", "secretRef", "name");
    const secret = await world.platform.get(ref("secret", name, tenantNamespace));
    return accessThatStays(Buffer.from(textAt(secret, "data", "kubeconfig"), "base64").toString("utf8"));
  }
});

function requestsOf({
  name,
  namespace,
  tenantNamespace,
}: Tenant): Record<"access" | "cluster", ReturnType<typeof ref>> {
  const request = tenantRequestName({ controller: "ocm.services.openmcp.cloud", name, namespace }, "workload");
  return {
    access: ref("accessRequest", request, tenantNamespace),
    cluster: ref("clusterRequest", request, tenantNamespace),
  };
}

async function accessThatStays(kubeconfig: string): Promise<SimClient> {
  const granted = connect({ kubeconfig });
  const account = { name: "onlooker", namespace: "default" };
  const type = { apiVersion: "v1", kind: "ServiceAccount" };
  if ((await granted.find({ ...type, ...account })) === undefined) {
    const apiGroup = "rbac.authorization.k8s.io";
    await granted.create({ ...type, metadata: account });
    await granted.create({
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: account.name },
      roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", ...account }],
    });
  }
  const { status } = await granted.createSubresource<{ readonly status: { readonly token: string } }>(
    { ...type, ...account },
    "token",
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } },
  );
  return connect({ kubeconfig: kubeconfigFor({ ...readAccess(kubeconfig), token: status.token, name: account.name }) });
}
