import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { goLookupName, goObjects, goOcm, playGoProvider, writeAsGo } from "../support/go-provider.ts";
import { GROUPS } from "../support/group-matrix.ts";
import { ask, type Stage, stageOf, untilNothingIsLeft, untilServed, withdraw } from "../support/hand-over.ts";
import { accessesOf, installationOf, kubeconfigsOf } from "../support/installation.ts";
import { CURRENT_GROUP, EARLIER_GROUP, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { recordConditions } from "../support/record-conditions.ts";
import { withoutVolatile } from "../support/snapshot.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

const namespace = "project-x--ws-y";
const OPERATION = "openmcp.cloud/operation";

describe("one installation for objects of two API groups", { concurrency: 3 }, () => {
  let world: World;
  let versions: readonly string[];
  before(async () => {
    // Longer than any test: what happens, happens because of an event.
    world = await startRunningWorld({ pollInterval: "1h" });
    ({ versions } = world.ground.charts);
  });
  after(() => world.stop());

  /** Orders a control plane and has the objects of groups installed. */
  async function install(name: string, groups: readonly string[]): Promise<Stage & { readonly tenant: Tenant }> {
    const tenant = await world.order({ name, namespace });
    const stage = await stageOf(world, tenant);
    await ask(stage, groups);
    if (groups.length > 0) {
      await untilServed(stage, groups);
    }
    return { ...stage, tenant };
  }

  /** Removes all that is left of a tenant, and the control plane. */
  async function end(
    { tenant, ...stage }: Stage & { readonly tenant: Tenant },
    groups: readonly string[],
  ): Promise<void> {
    await withdraw(stage, groups);
    await untilNothingIsLeft(stage);
    await world.ground.removeControlPlane(tenant);
  }

  const directions = [
    [EARLIER_GROUP, CURRENT_GROUP],
    [CURRENT_GROUP, EARLIER_GROUP],
  ] as const;
  for (const [index, [from, to]] of directions.entries()) {
    it(`is handed over from ${from} to ${to} at once`, async () => {
      const stage = await install(`at-once-${index}`, [from]);
      const installation = await installationOf(stage.sites);

      await ask(stage, [to]);
      await withdraw(stage, [from]);

      await untilServed(stage, [to]);
      assert.deepEqual(await installationOf(stage.sites), installation);
      await end(stage, [to]);
    });

    it(`is kept for an object of ${to} that comes while the removal for ${from} waits`, async () => {
      const stage = await install(`regret-${index}`, [from]);
      const { tenant, sites } = stage;
      const installation = await installationOf(sites);
      await tenant.mcp.create(userObject());
      await withdraw(stage, [from]);
      await awaitReason(world.onboarding, refsOf(tenant, from).ocm, "Removed", "UserObjectsExist");

      await ask(stage, [to]);

      await untilServed(stage, [to]);
      assert.deepEqual(await installationOf(sites), installation);
      await tenant.mcp.delete(ref("repository", "mine", "default"));
      await end(stage, [to]);
    });

    it(`is one again with ${to} when ${from} is deleted first, however far the removal was`, async () => {
      const stage = await install(`first-${index}`, [from]);

      await withdraw(stage, [from]);
      await ask(stage, [to]);

      await untilServed(stage, [to]);
      const { releases, deployments } = await installationOf(stage.sites);
      assert.deepEqual([releases.length, deployments.length], [1, 1]);
      await end(stage, [to]);
    });

    it(`follows ${to} back and forth`, async () => {
      const stage = await install(`back-${index}`, [from]);
      const installation = await installationOf(stage.sites);

      await ask(stage, [to]);
      await untilServed(stage, GROUPS);
      await withdraw(stage, [to]);
      await untilServed(stage, [from]);
      await ask(stage, [to]);
      await untilServed(stage, GROUPS);

      assert.deepEqual(await installationOf(stage.sites), installation);
      await end(stage, GROUPS);
    });
  }

  it("goes when both are deleted at the same time", async () => {
    const stage = await install("both", GROUPS);

    await Promise.all(GROUPS.map((group) => withdraw(stage, [group])));

    await end(stage, []);
  });

  it("is of the version that the leader asks for, which the other one is told", async () => {
    const [first = "", second = ""] = versions;
    const stage = await install("versions", [EARLIER_GROUP]);
    const { tenant } = stage;
    const follower = refsOf(tenant, EARLIER_GROUP).ocm;
    const recording = await recordConditions(world.onboarding, follower);
    await ask(stage, [CURRENT_GROUP], second);

    await awaitReady(world.onboarding, { ...tenant, group: CURRENT_GROUP }, second);
    const told = await awaitReason(world.onboarding, follower, "Follows", "LeaderDiffers");

    await recording.stop();
    const wording = conditionOf(told, "Follows")?.message ?? "";
    for (const part of [first, second, CURRENT_GROUP]) {
      assert.ok(wording.includes(part), wording);
    }
    assert.equal(isReady(told), false);
    assert.notEqual(told.status?.phase, "Ready");
    // Ready for the first version, and then for nothing more.
    assert.equal(recording.changesOf("Ready").filter((change) => change.startsWith("True")).length, 1);

    await withdraw(stage, [CURRENT_GROUP]);
    await untilServed(stage, [EARLIER_GROUP], first);
    await end(stage, [EARLIER_GROUP]);
  });

  it("is both's when the other one asks for the leader's version in the end", async () => {
    const [, second = ""] = versions;
    const stage = await install("agreed", [EARLIER_GROUP]);
    const { ocm } = refsOf(stage.tenant, EARLIER_GROUP);
    await ask(stage, [CURRENT_GROUP], second);
    await awaitReason(world.onboarding, ocm, "Follows", "LeaderDiffers");

    await world.onboarding.patchMerge(ocm, { spec: { version: second } });

    await untilServed(stage, GROUPS, second);
    const follower = await world.onboarding.get<ServiceObj>(ocm);
    const leader = await world.onboarding.get<ServiceObj>(refsOf(stage.tenant, CURRENT_GROUP).ocm);
    assert.equal(conditionOf(follower, "Follows")?.reason, "LedByOtherGroup");
    assert.equal(follower.status?.phase, "Ready");
    assert.deepEqual(follower.status.resources, leader.status?.resources);
    await end(stage, GROUPS);
  });

  it("stays what it is while the leader asks for a version that there is not", async () => {
    const stage = await install("no-such-version", [EARLIER_GROUP]);
    const { tenant, sites } = stage;
    const { releases, deployments } = await installationOf(sites);
    await ask(stage, [CURRENT_GROUP], "0.0.404");

    await awaitReason(world.onboarding, refsOf(tenant, CURRENT_GROUP).ocm, "ChartReady", "ChartFetchFailed");
    const told = await awaitReason(world.onboarding, refsOf(tenant, EARLIER_GROUP).ocm, "Follows", "LeaderDiffers");

    assert.equal(isReady(told), false);
    await withdraw(stage, [CURRENT_GROUP]);
    await untilServed(stage, [EARLIER_GROUP]);
    const now = await installationOf(sites);
    assert.deepEqual([now.releases, now.deployments], [releases, deployments]);
    await end(stage, [EARLIER_GROUP]);
  });

  it("stays suspended by the operator while it is handed over", async () => {
    const stage = await install("suspended", [EARLIER_GROUP]);
    const { tenant, sites } = stage;
    const { release } = refsOf(tenant);
    const installation = await installationOf(sites);
    await world.platform.patchMerge(release, { spec: { suspend: true } }, { fieldManager: "kubectl-edit" });

    await ask(stage, [CURRENT_GROUP]);
    await awaitReason(world.onboarding, refsOf(tenant, CURRENT_GROUP).ocm, "ReleaseReady", "ReleaseSuspended");
    await withdraw(stage, [EARLIER_GROUP]);
    await awaitGone(world.onboarding, refsOf(tenant, EARLIER_GROUP).ocm);
    await awaitFullPass(world.onboarding, refsOf(tenant, CURRENT_GROUP).ocm);

    assert.equal(valueAt(await world.platform.get(release), "spec", "suspend"), true);
    assert.deepEqual(await installationOf(sites), installation);
    await world.platform.patchMerge(release, { spec: { suspend: null } }, { fieldManager: "kubectl-edit" });
    await untilServed(stage, [CURRENT_GROUP]);
    assert.deepEqual(await installationOf(sites), installation);
    await end(stage, [CURRENT_GROUP]);
  });

  it("is left as it is by an object that is to be ignored", async () => {
    const stage = await install("ignored", [EARLIER_GROUP]);
    const { tenant, sites } = stage;
    const { ocm } = refsOf(tenant, EARLIER_GROUP);
    const installation = await installationOf(sites);
    await world.onboarding.patchMerge(ocm, { metadata: { annotations: { [OPERATION]: "ignore" } } });
    const ignored = await world.onboarding.get(ocm);

    await ask(stage, [CURRENT_GROUP]);
    await awaitReady(world.onboarding, { ...tenant, group: CURRENT_GROUP });

    assert.deepEqual(await world.onboarding.get(ocm), ignored);
    await world.onboarding.patchMerge(ocm, { metadata: { annotations: { [OPERATION]: null } } });
    await untilServed(stage, GROUPS);
    assert.deepEqual(await installationOf(sites), installation);
    await end(stage, GROUPS);
  });

  it("keeps the access that it has while another one's AccessRequest is in the way", async () => {
    const stage = await install("foreign-access", [EARLIER_GROUP]);
    const { tenant, sites } = stage;
    const refs = refsOf(tenant, CURRENT_GROUP);
    const [kubeconfigs, installation] = [await kubeconfigsOf(sites), await installationOf(sites)];
    const { apiVersion, kind, name } = refs.accessRequest;
    await world.platform.create({
      apiVersion,
      kind,
      metadata: { name, namespace: tenant.tenantNamespace },
      spec: {
        requestRef: { name: tenant.name, namespace: tenant.tenantNamespace },
        token: { roleRefs: [{ kind: "ClusterRole", name: "view" }] },
      },
    });
    const foreign = await awaitPresent(world.platform, refs.accessRequest, isGranted, {
      what: "the other one's AccessRequest is granted",
    });

    await ask(stage, [CURRENT_GROUP]);
    await awaitReason(world.onboarding, refs.ocm, "AccessReady", "ForeignObject");
    await awaitFullPass(world.onboarding, refs.ocm);

    const found = await world.platform.get(refs.accessRequest);
    assert.deepEqual(withoutVolatile(found), withoutVolatile(foreign));
    assert.ok(!(found.metadata.managedFields ?? []).some(({ manager }) => manager === "service-provider-ocm"));
    assert.deepEqual(await kubeconfigsOf(sites), kubeconfigs);
    assert.deepEqual(await installationOf(sites), installation);
    await world.platform.delete(refs.accessRequest);
    await awaitGone(world.platform, refs.accessRequest);
    // Nobody watches requests without the provider's label: the next look, at the poll or when asked for, finds out.
    await awaitFullPass(world.onboarding, refs.ocm);
    await untilServed(stage, GROUPS);
    assert.deepEqual(await installationOf(sites), installation);
    await end(stage, GROUPS);
  });

  it("is not begun where another one's HelmRelease is in the way", async () => {
    const stage = await install("foreign-release", []);
    const { tenant } = stage;
    const refs = refsOf(tenant, CURRENT_GROUP);
    const { apiVersion, kind, name } = refs.release;
    await world.platform.create({
      apiVersion,
      kind,
      metadata: { name, namespace: tenant.tenantNamespace },
      spec: { interval: "1h", suspend: true, chartRef: { kind: "OCIRepository", name: "theirs" } },
    });
    const foreign = await awaitPresent(
      world.platform,
      refs.release,
      ({ metadata }) => metadata.finalizers !== undefined,
      {
        what: "Flux has seen the other one's HelmRelease",
      },
    );
    await ask(stage, GROUPS);

    for (const group of GROUPS) {
      await awaitReason(world.onboarding, refsOf(tenant, group).ocm, "ReleaseReady", "ForeignObject");
    }
    await withdraw(stage, GROUPS);
    await Promise.all(GROUPS.map((group) => awaitGone(world.onboarding, refsOf(tenant, group).ocm)));

    assert.deepEqual(withoutVolatile(await world.platform.get(refs.release)), withoutVolatile(foreign));
    await world.platform.delete(refs.release);
    await end(stage, []);
  });

  describe("of the Go provider v0.4.0, for a control plane with a name of more than 22 characters", () => {
    // As the Go provider's lookup never finds the request, it never installs anything.
    it("is begun with the access that there is", async () => {
      const tenant = await world.order({ name: "control-plane-never-seen", namespace });
      const stage = await stageOf(world, tenant);
      const go = { ...tenant, charts: world.ground.charts };
      const { requests, installation } = await goObjects("renamed-group", go);
      await writeAsGo(world.platform, requests);
      await writeAsGo(
        world.platform,
        installation("").filter(({ kind }) => kind !== "HelmRelease"),
      );

      await world.onboarding.create(goOcm("renamed-group", go));

      await untilServed(stage, [CURRENT_GROUP]);
      await end({ ...stage, tenant }, [CURRENT_GROUP]);
    });

    it("is kept where the access is under another name, which goes", async () => {
      const tenant = await world.order({ name: "control-plane-name-of-the-lookup", namespace });
      const stage = await stageOf(world, tenant);
      const accessRequest = goLookupName(tenant);
      await playGoProvider(world, "renamed-group", { ...tenant, accessRequest });
      const { releases, deployments } = await installationOf(stage.sites);
      assert.deepEqual(await accessesOf(stage.sites), [accessRequest]);

      await world.onboarding.create(goOcm("renamed-group", { ...tenant, charts: world.ground.charts }));

      await untilServed(stage, [CURRENT_GROUP]);
      const now = await installationOf(stage.sites);
      assert.deepEqual(now.releases, releases);
      assert.deepEqual(now.deployments.map(uidOf), deployments.map(uidOf));
      await end({ ...stage, tenant }, [CURRENT_GROUP]);
    });

    it("goes with its access under another name when the object is deleted already", async () => {
      const tenant = await world.order({ name: "control-plane-deleted-in-go", namespace });
      const stage = await stageOf(world, tenant);
      const accessRequest = goLookupName(tenant);
      await playGoProvider(world, "renamed-group", { ...tenant, accessRequest });
      const order = goOcm("renamed-group", { ...tenant, charts: world.ground.charts });
      const metadata = { ...order.metadata, annotations: { [OPERATION]: "ignore" } };
      await world.onboarding.create({ ...order, metadata });
      await withdraw(stage, [CURRENT_GROUP]);
      await world.onboarding.patchMerge(refsOf(tenant, CURRENT_GROUP).ocm, {
        metadata: { annotations: { [OPERATION]: null } },
      });

      await end({ ...stage, tenant }, []);
    });
  });
});

function userObject(): Obj {
  return {
    apiVersion: "delivery.ocm.software/v1alpha1",
    kind: "Repository",
    metadata: { name: "mine", namespace: "default" },
    spec: { repositorySpec: { baseUrl: "ghcr.io/mine", type: "OCIRegistry" }, interval: "10m" },
  };
}

function isGranted(request: Obj): boolean {
  return textAt(request, "status", "phase") === "Granted";
}

/** Without the generation: the values of this world differ from the recorded ones. */
function uidOf(deployment: string): string {
  return deployment.replace(/ \d+$/u, "");
}
