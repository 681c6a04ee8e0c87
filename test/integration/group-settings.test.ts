import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { systemSimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { valueAt } from "../../sim/value-at.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { GROUPS } from "../support/group-matrix.ts";
import { ask, type Stage, stageOf, untilNothingIsLeft, untilServed, withdraw } from "../support/hand-over.ts";
import { installationOf, kubeconfigsOf, ordersOf } from "../support/installation.ts";
import { configRef, CURRENT_GROUP, EARLIER_GROUP, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { prepareGroups } from "../support/service-kinds.ts";
import { refsOf } from "../support/tenant-refs.ts";
import {
  PULL_SECRET,
  providerConfig,
  startRunningWorld,
  startWorld,
  type Tenant,
  type World,
} from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };

describe("ProviderConfigs of two API groups", () => {
  let world: World;
  let tenant: Tenant;
  let stage: Stage;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h", values: valuesOf(1) });
    tenant = await world.order(plane);
    stage = await stageOf(world, tenant);
    await ask(stage, [EARLIER_GROUP]);
    await untilServed(stage, [EARLIER_GROUP]);
  });
  after(() => world.stop());

  function create(values: number, group: string): Promise<Obj> {
    const { chartURL } = world.ground.charts;
    const spec = { chartURL, imagePullSecret: { name: PULL_SECRET }, pollInterval: "1h", values: valuesOf(values) };
    return world.platform.create(providerConfig(spec, group));
  }

  function awaitValues(values: number): Promise<Obj> {
    return awaitPresent(
      world.platform,
      refsOf(tenant).release,
      (release) =>
        valueAt(release, "spec", "values", "manager", "concurrency", "resource") === values &&
        valueAt(release, "status", "observedGeneration") === release.metadata.generation,
      { what: `the values of the release are those of setting ${values}, and are installed` },
    );
  }

  it("are one setting when they mean the same, which both say", async () => {
    const installation = await installationOf(stage.sites);
    await create(1, CURRENT_GROUP);

    const follower = await awaitReason(world.platform, configRef(EARLIER_GROUP), "Follows", "LedByOtherGroup");
    const leader = await awaitReason(world.platform, configRef(CURRENT_GROUP), "Accepted", "Valid");

    assert.equal(conditionOf(follower, "Follows")?.status, "True");
    assert.equal(conditionOf(leader, "Follows"), undefined);
    await awaitPresent<ServiceObj>(world.platform, configRef(EARLIER_GROUP), isReady, {
      what: "the follower is Ready",
    });
    assert.deepEqual(await installationOf(stage.sites), installation);
  });

  it("are that of the current group when they differ, and the other one says that it is not in force", async () => {
    const { releases, deployments } = await installationOf(stage.sites);
    await world.platform.patchMerge(configRef(CURRENT_GROUP), { spec: { values: valuesOf(2) } });

    const follower = await awaitReason(world.platform, configRef(EARLIER_GROUP), "Follows", "LeaderDiffers");
    await awaitValues(2);
    await awaitReady(world.onboarding, tenant, world.ground.charts.versions[0]);

    assert.equal(conditionOf(follower, "Follows")?.status, "False");
    assert.equal(isReady(follower), false);
    const now = await installationOf(stage.sites);
    assert.deepEqual(now.releases, releases);
    assert.deepEqual(now.deployments.map(uidOf), deployments.map(uidOf));
  });

  it("are the one that is left when the other one is deleted, and nothing is uninstalled by that", async () => {
    const { releases, deployments } = await installationOf(stage.sites);
    await world.platform.delete(configRef(CURRENT_GROUP));

    await awaitValues(1);
    await awaitReady(world.onboarding, tenant, world.ground.charts.versions[0]);
    await awaitPresent<ServiceObj>(
      world.platform,
      configRef(EARLIER_GROUP),
      (config) => isReady(config) && conditionOf(config, "Follows") === undefined,
      { what: "the ProviderConfig that is left says that it is in force" },
    );

    const now = await installationOf(stage.sites);
    assert.deepEqual(now.releases, releases);
    assert.deepEqual(now.deployments.map(uidOf), deployments.map(uidOf));
  });

  it("can be moved without a moment in which there is none", async () => {
    const installation = await installationOf(stage.sites);
    await create(1, CURRENT_GROUP);
    await awaitReason(world.platform, configRef(EARLIER_GROUP), "Follows", "LedByOtherGroup");

    await world.platform.delete(configRef(EARLIER_GROUP));
    await ask(stage, [CURRENT_GROUP]);

    await untilServed(stage, GROUPS);
    assert.deepEqual(await installationOf(stage.sites), installation);
    await withdraw(stage, GROUPS);
    await untilNothingIsLeft(stage);
  });
});

describe("a workload cluster on which the toolkit is installed", () => {
  let world: World;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h", targetCluster: "Workload" });
  });
  after(() => world.stop());

  it("stays the same one, with the same access, when the objects of a tenant change their group", async () => {
    const tenant = await world.order(plane);
    const stage = await stageOf(world, tenant);
    const request = tenantRequestName({ controller: EARLIER_GROUP, ...plane }, "workload");
    const refs = [
      ref("clusterRequest", request, tenant.tenantNamespace),
      ref("accessRequest", request, tenant.tenantNamespace),
      refsOf(tenant).release,
    ];
    const found = (): Promise<readonly unknown[]> =>
      Promise.all(
        refs.map(async (object) => {
          const { metadata, ...content } = await world.platform.get(object);
          return [metadata.uid, metadata.generation, metadata.labels, content["spec"]];
        }),
      );
    const steps = [
      { asked: [CURRENT_GROUP], withdrawn: [EARLIER_GROUP], there: [CURRENT_GROUP] },
      { asked: [EARLIER_GROUP], withdrawn: [], there: GROUPS },
      { asked: [], withdrawn: [CURRENT_GROUP], there: [EARLIER_GROUP] },
    ];
    await ask(stage, [EARLIER_GROUP]);
    await awaitReady(world.onboarding, tenant, world.ground.charts.versions[0]);
    const present = await found();
    const kubeconfigs = await kubeconfigsOf(stage.sites);

    for (const { asked, withdrawn, there } of steps) {
      await ask(stage, asked);
      await withdraw(stage, withdrawn);
      await Promise.all(withdrawn.map((group) => awaitGone(world.onboarding, refsOf(tenant, group).ocm)));
      await Promise.all(there.map((group) => awaitReady(world.onboarding, { ...tenant, group })));

      assert.deepEqual(await found(), present);
      assert.deepEqual(await kubeconfigsOf(stage.sites), kubeconfigs);
      assert.equal((await ordersOf(stage.sites)).length, there.length);
    }

    await withdraw(stage, [EARLIER_GROUP]);
    await untilNothingIsLeft(stage);
  });
});

describe("a platform without the kinds of the earlier API group", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepareGroups({ ...world, clock: systemSimClock }, [CURRENT_GROUP]);
    await world.configure({ pollInterval: "1h" }, CURRENT_GROUP);
    // The provider brings its rights along; the CRDs are not its business after init.
    await world.run();
  });
  after(() => world.stop());

  it("is served, and so are the kinds of the earlier group as soon as they come, and no longer than they are there", async () => {
    const tenant = await world.order(plane);
    const stage = await stageOf(world, tenant);
    await ask(stage, [CURRENT_GROUP]);
    await untilServed(stage, [CURRENT_GROUP]);
    const installation = await installationOf(stage.sites);

    await prepareGroups({ ...world, clock: systemSimClock }, GROUPS);
    await ask(stage, [EARLIER_GROUP]);
    await untilServed(stage, GROUPS);
    await withdraw(stage, [EARLIER_GROUP]);
    await untilServed(stage, [CURRENT_GROUP]);
    for (const [client, name] of [
      [world.onboarding, `ocms.${EARLIER_GROUP}`],
      [world.platform, `providerconfigs.${EARLIER_GROUP}`],
    ] as const) {
      await client.delete(ref("crd", name));
      await awaitGone(client, ref("crd", name));
    }

    assert.deepEqual(await installationOf(stage.sites), installation);
    await withdraw(stage, [CURRENT_GROUP]);
    await untilNothingIsLeft(stage);
  });
});

function valuesOf(resource: number): object {
  return { manager: { concurrency: { resource } } };
}

/** Without the generation, which changes with the values. */
function uidOf(deployment: string): string {
  return deployment.replace(/ \d+$/u, "");
}
