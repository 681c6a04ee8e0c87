import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SimCluster } from "../../ground/embedded/sim-cluster.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { crashNow } from "../support/crash-at.ts";
import { assertUntouched, type ForeignObject, plantForeign } from "../support/foreign-objects.ts";
import { GROUPS, leftovers, type Row, rowsOf, settingsFor, takenOver } from "../support/group-matrix.ts";
import { ask, change, type Stage, untilNothingIsLeft, untilServed, withdraw } from "../support/hand-over.ts";
import { type Installation, installationOf, inTenantNamespace, ordersOf } from "../support/installation.ts";
import { ref } from "../support/kinds.ts";
import { registerGroups } from "../support/service-kinds.ts";
import { leaveAsGoProvider, plane, until } from "../support/simulated-takeover.ts";
import { type Intercept, ocmCast, SimulatedWorld } from "../support/simulated-world.ts";
import { pullSecret } from "../support/world.ts";

const SETTLED_AFTER_MS = 5_000;
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);

/** Does something at the n-th write of the provider, counted from when the objects of the tenant begin to change. */
class AtWrite {
  isArmed = false;
  writes = 0;
  readonly #number: number;
  readonly #act: Intercept;

  constructor(number: number, act: Intercept) {
    this.#number = number;
    this.#act = act;
  }

  readonly intercept: Intercept = (request, world) => {
    if (!this.isArmed || / GET /u.test(request.text)) {
      return request.send();
    }
    this.writes += 1;
    return this.writes === this.#number ? this.#act(request, world) : request.send();
  };
}

/** A row of the matrix on its way. */
type Play = {
  readonly world: SimulatedWorld;
  readonly stage: Stage;
  readonly mcp: SimCluster;
  readonly installation: Installation;
  readonly foreign: readonly ForeignObject[];
  /** Moments in which a release had no access to its target. */
  readonly cutOff: string[];
};

/** Brings a tenant to where its objects change: installed by a predecessor, among objects of others. */
async function begin({ leftover }: Row, at: AtWrite): Promise<Play> {
  const configure: (typeof ocmCast)["configure"] = async ({ platform, charts }) => {
    await registerGroups(platform.client, GROUPS);
    await platform.client.create(pullSecret(charts.dockerConfigJson));
    for (const settings of await settingsFor(leftover, charts)) {
      await platform.client.create(settings);
    }
  };
  const world = await SimulatedWorld.start(1, at.intercept, { cast: { ...ocmCast, configure } });
  const { simulation, clock } = world;
  const platform = simulation.platform.client;
  if (leftover.go === undefined) {
    await clock.runUntil(simulation.orderControlPlane(plane));
    await clock.advance(SETTLED_AFTER_MS);
  }
  const fromThePlatform =
    leftover.go === undefined
      ? await inTenantNamespace({ plane, platform })
      : await leaveAsGoProvider(world, leftover.go);
  const mcp = simulation.clusters.get(NAMESPACE) ?? assert.fail("expected a control plane");
  const sites = { plane, platform, onboarding: simulation.onboarding.client, target: mcp.client };
  const made = await inTenantNamespace(sites);
  const foreign = await plantForeign(sites);
  await clock.advance(SETTLED_AFTER_MS);
  const planted = (await inTenantNamespace(sites)).filter((name) => !made.includes(name));
  const stage: Stage = {
    sites,
    charts: simulation.charts,
    before: [...fromThePlatform, ...planted],
    until: (what, holds) => until(world, holds, what),
  };
  world.startProvider();
  if (leftover.go === undefined) {
    await ask(stage, leftover.groups);
    await untilServed(stage, leftover.groups);
  }
  const installation = await installationOf(sites);
  assert.deepEqual([installation.releases.length, installation.deployments.length], [1, 1]);
  at.isArmed = true;
  return { world, stage, mcp, installation, foreign, cutOff: watchAccess(simulation.platform) };
}

/** Takes down whenever a HelmRelease that is to stay has a kubeconfig that is gone, or about to go. */
function watchAccess({ api }: SimCluster): string[] {
  const cutOff: string[] = [];
  api.onChange(({ collection, change: { type, object } }) => {
    const releases = api.objects("helmreleases.helm.toolkit.fluxcd.io").filter(isStaying);
    const requests = api.objects("accessrequests.clusters.openmcp.cloud").filter(isStaying);
    for (const release of releases.filter(({ metadata }) => metadata.name !== "foreign")) {
      const secretName = textAt(release, "spec", "kubeConfig", "secretRef", "name");
      const isReached = requests.some((request) => textAt(request, "status", "secretRef", "name") === secretName);
      if (!isReached || api.peek("secrets", `${NAMESPACE}/${secretName}`) === undefined) {
        cutOff.push(`${release.metadata.name} after ${type} of ${collection} ${object.metadata.name}`);
      }
    }
  });
  return cutOff;
}

function isStaying({ metadata }: Obj): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** The control plane stays: the installation changes hands, and goes with the last object. Counts the writes. */
async function playToTheEnd(row: Row, at: AtWrite): Promise<{ readonly changing: number; readonly all: number }> {
  const play = await begin(row, at);
  const { world, stage, installation, foreign, cutOff } = play;

  await change(stage, row);
  await untilServed(stage, row.wanted);

  const now = await installationOf(stage.sites);
  assert.deepEqual(now, takenOver(row.leftover, installation, now));
  const changing = at.writes;
  assert.deepEqual(cutOff, []);
  await withdraw(stage, row.wanted);
  await untilNothingIsLeft(stage);
  await assertUntouched(foreign);
  await world.stop();
  return { changing, all: at.writes };
}

/** The control plane is deleted at a write of the provider. */
async function playDeletion(row: Row, number: number): Promise<void> {
  let removal: Promise<void> | undefined;
  const at = new AtWrite(number, ({ send }, { simulation }) => {
    removal = simulation.removeControlPlane(plane);
    return send();
  });
  const play = await begin(row, at);
  const { world, stage, mcp, foreign } = play;

  await change(stage, row);
  await stage.until("the control plane is being removed", () => Promise.resolve(removal !== undefined));
  await world.clock.runUntil(removal ?? assert.fail());

  assert.deepEqual(await ordersOf(stage.sites), []);
  assert.equal(await stage.sites.platform.find(ref("namespace", NAMESPACE)), undefined);
  assert.deepEqual(mcp.api.objects("deployments.apps"), [], "the release is uninstalled before the cluster goes");
  const others = foreign.filter(
    ({ client, object: { metadata } }) => client !== mcp.client && metadata.namespace !== NAMESPACE,
  );
  assert.ok(others.length > 0);
  await assertUntouched(others);
  await world.stop();
}

const undisturbed: Intercept = ({ send }) => send();

// Every n-th write and not each: the quick suite has to stay quick.
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 7);

for (const [index, row] of leftovers.flatMap(rowsOf).entries()) {
  describe(`an installation of ${row.leftover.of} with ${row.with}`, async () => {
    const writes = await playToTheEnd(row, new AtWrite(0, undisturbed));
    // Neighbours in the table begin at different writes.
    const first = 1 + (index % STRIDE);
    for (const moment of ["before", "after"] as const) {
      for (let number = first; number <= writes.all; number += STRIDE) {
        it(`survives a crash ${moment} write ${number} is reached by the server`, async () => {
          await playToTheEnd(row, new AtWrite(number, crashNow(moment)));
        });
      }
    }
    for (let number = first; number <= writes.changing; number += STRIDE) {
      it(`ends with a control plane that is deleted at write ${number}`, async () => {
        await playDeletion(row, number);
      });
    }
  });
}
