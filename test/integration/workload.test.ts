import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { connect, readAccess } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { awaitGone, awaitObject, awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { createKind, objectOf, type UnknownKind } from "../support/unknown-kind.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
const RELIC: UnknownKind = { kind: "Relic", plural: "relics", scope: "Cluster", version: "v1beta7" };
const relic = { apiVersion: "delivery.ocm.software/v1beta7", kind: "Relic" };
const PASSED_ON = "metadata.open-control-plane.io/";
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

  it("is requested with the labels and annotations that the platform passes on, as they are at each moment", async () => {
    const { cluster } = requestsOf(tenant);
    const plane = ref("clusterRequest", tenant.name, tenant.tenantNamespace);
    const { uid, labels: own = {} } = (await world.platform.get(cluster)).metadata;
    const passOn = (project: string | null, text: string | null): Promise<Obj> =>
      world.platform.patchMerge(plane, {
        metadata: {
          labels: { [`${PASSED_ON}project`]: project, "example.com/other": project },
          annotations: { [`${PASSED_ON}text`]: text, "example.com/other": text },
        },
      });
    const awaitPassedOn = (project: string | undefined, text: string | undefined): Promise<Obj> =>
      awaitPresent(
        world.platform,
        cluster,
        ({ metadata: { labels, annotations } }) =>
          labels?.[`${PASSED_ON}project`] === project && annotations?.[`${PASSED_ON}text`] === text,
        { what: `the request has ${project} and ${text}` },
      );

    await passOn("first", "some text");
    await awaitPassedOn("first", "some text");
    await passOn("second", "other text");
    await world.platform.patchMerge(cluster, {
      metadata: {
        labels: { [`${PASSED_ON}project`]: "by-hand", [`${PASSED_ON}theirs`]: "stays", "example.com/a": "b" },
      },
    });
    const changed = await awaitPassedOn("second", "other text");

    assert.equal(changed.metadata.uid, uid);
    const theirs = { [`${PASSED_ON}theirs`]: "stays", "example.com/a": "b" };
    assert.deepEqual(changed.metadata.labels, { ...own, ...theirs, [`${PASSED_ON}project`]: "second" });
    assert.equal(changed.metadata.annotations?.["example.com/other"], undefined);

    await passOn(null, null);
    const { metadata } = await awaitPassedOn(undefined, undefined);
    assert.deepEqual(metadata.labels, { ...own, ...theirs });
    await awaitReady(world.onboarding, tenant, version);
  });

  it("is requested with them for an object of the other API group too", async () => {
    const other = await world.order({ name: "mcp-03", namespace: "project-x--ws-y" });
    const { apiVersion: _former, ...object } = ocm(other, version);
    const apiVersion = "ocm.services.open-control-plane.io/v1alpha1";
    await world.onboarding.create({ ...object, apiVersion });

    const request = await awaitPresent(world.platform, requestsOf(other).cluster, () => true, {
      what: "a workload cluster is requested",
    });

    assert.equal(request.metadata.labels?.[`${PASSED_ON}cp-name`], other.name);
    const twin = { ...refsOf(other).ocm, apiVersion };
    await world.onboarding.delete(twin);
    await awaitGone(world.onboarding, twin);
    await awaitGone(world.platform, requestsOf(other).cluster);
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

  it("keeps the toolkit while an object is there, of a kind that nobody here has heard of", async () => {
    const target = await workloadCluster(tenant);
    await createKind(target, RELIC);
    await target.create(objectOf(RELIC, { name: "foo" }));
    await world.onboarding.delete(refsOf(tenant).ocm);

    const blocked = await awaitReason(world.onboarding, refsOf(tenant).ocm, "Removed", "UserObjectsExist");

    assert.match(conditionOf(blocked, "Removed")?.message ?? "", /waiting for 1 object of .* the workload cluster/u);
    assert.notEqual(await target.find(DEPLOYMENT), undefined);
  });

  it("is given back when the tenant goes, after the access to it", async () => {
    const { access, cluster } = requestsOf(tenant);
    const target = await workloadCluster(tenant);
    const order: string[] = [];
    const gone = [access, cluster].map(async (object) => {
      await awaitGone(world.platform, object);
      order.push(object.kind);
    });
    await target.delete({ ...relic, name: "foo" });

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
