import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { systemSimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { awaitObject } from "./await-object.ts";
import { assertUntouched, type ForeignObject, plantForeign } from "./foreign-objects.ts";
import { goObjects, goOcm, playGoProvider, writeAsGo } from "./go-provider.ts";
import { GROUPS, type Leftover, type Row, rowsOf, settingsFor, takenOver } from "./group-matrix.ts";
import { ask, change, type Stage, stageOf, untilNothingIsLeft, untilServed, withdraw } from "./hand-over.ts";
import { goRequestsOf, type Installation, installationOf, ordersOf } from "./installation.ts";
import { ref } from "./kinds.ts";
import { prepareGroups } from "./service-kinds.ts";
import { prepare, pullSecret, startWorld, type Tenant, type World } from "./world.ts";

const DEPLOYMENT = ref("deployment", "ocm-k8s-toolkit-controller-manager", "ocm-k8s-toolkit-system");

/**
 * Tests of the rows of the matrix for a leftover: with a control plane that stays, and with one that is deleted while the
 * objects change.
 */
export function testRowsOf(leftover: Leftover): void {
  // Much of a row is waiting for Flux.
  describe(`an installation of ${leftover.of}`, { concurrency: 2 }, () => {
    let world: World;
    before(async () => {
      world = await startWorldOf(leftover);
    });
    after(() => world.stop());

    for (const [index, row] of rowsOf(leftover).entries()) {
      it(`stays as it is with ${row.with}, and goes with the last object`, async () => {
        await playToTheEnd(await begin(world, row, `stays-${index}`), row);
      });

      it(`goes with its control plane, with ${row.with}`, async () => {
        await playDeletion(await begin(world, row, `goes-${index}`), row);
      });
    }
  });
}

/** A platform that knows the groups and the settings of a predecessor, on which this provider has taken its place. */
async function startWorldOf(leftover: Leftover): Promise<World> {
  const world = await startWorld();
  const { platform, ground } = world;
  try {
    await prepareGroups({ ...world, clock: systemSimClock }, leftover.groups);
    await platform.create(pullSecret(ground.charts.dockerConfigJson));
    for (const settings of await settingsFor(leftover, ground.charts)) {
      await platform.create(settings);
    }
    if (leftover.go !== undefined) {
      const { own } = await goObjects(leftover.go, { name: "any", namespace: "any", charts: ground.charts });
      await writeAsGo(platform, own);
    }
    await prepare(world);
    await world.run();
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/** A row of the matrix on its way. */
type Play = {
  readonly world: World;
  readonly stage: Stage;
  readonly tenant: Tenant;
  readonly installation: Installation;
  readonly foreign: readonly ForeignObject[];
};

/** Brings a tenant to where its objects change: installed by a predecessor, among objects of others. */
async function begin(world: World, { leftover }: Row, name: string): Promise<Play> {
  const tenant = await world.order({ name, namespace: "project-x--ws-y" });
  const foreign = await plantForeign({ ...world, plane: tenant, target: tenant.mcp });
  const stage = await stageOf(world, tenant);
  const play = { world, stage, tenant, foreign };
  if (leftover.go === undefined) {
    await ask(stage, leftover.groups);
    await untilServed(stage, leftover.groups);
    return { ...play, installation: await installationOf(stage.sites) };
  }
  await playGoProvider(world, leftover.go, tenant);
  const installation = await installationOf(stage.sites);
  await world.onboarding.create(goOcm(leftover.go, { ...tenant, charts: world.ground.charts }));
  return { ...play, installation };
}

/** The control plane stays: the installation changes hands step by step, and goes with the last object. */
async function playToTheEnd(play: Play, { leftover, wanted }: Row): Promise<void> {
  const { world, stage, tenant, installation, foreign } = play;
  const added = wanted.filter((group) => !leftover.groups.includes(group));
  const removed = leftover.groups.filter((group) => !wanted.includes(group));
  await untilServed(stage, leftover.groups);
  await ask(stage, added);
  await untilServed(
    stage,
    GROUPS.filter((group) => [...leftover.groups, ...added].includes(group)),
  );
  await withdraw(stage, removed);
  await untilServed(stage, wanted);

  const now = await installationOf(stage.sites);
  assert.deepEqual(now, takenOver(leftover, installation, now));
  assert.deepEqual(await goRequestsOf(world.platform), []);
  await withdraw(stage, wanted);
  await untilNothingIsLeft(stage);
  await assertUntouched(foreign);
  await world.ground.removeControlPlane(tenant);
}

/** The control plane is deleted while the objects change. */
async function playDeletion(play: Play, row: Row): Promise<void> {
  const { world, stage, tenant, foreign } = play;
  await change(stage, row);

  await Promise.all([awaitUninstalled(tenant), world.ground.removeControlPlane(tenant)]);

  assert.deepEqual(await ordersOf(stage.sites), []);
  assert.equal(await world.platform.find(ref("namespace", tenant.tenantNamespace)), undefined);
  const others = foreign.filter(
    ({ client, object: { metadata } }) => client !== tenant.mcp && metadata.namespace !== tenant.tenantNamespace,
  );
  assert.ok(others.length > 0);
  await assertUntouched(others);
}

async function awaitUninstalled({ mcp }: Tenant): Promise<void> {
  await awaitObject(mcp, DEPLOYMENT, (deployment) => deployment === undefined || isGoing(deployment), {
    what: "the release is uninstalled before the cluster goes",
    withinMs: 180_000,
  });
}

// Without its controllers, a real cluster keeps what is deleted with its dependents.
function isGoing({ metadata }: Obj): boolean {
  return metadata.deletionTimestamp !== undefined;
}
