import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { WatchFaults } from "../support/watch-faults.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const neighbour = { ...plane, name: "mcp-02" };
const refs = refsOf({ ...plane, tenantNamespace: tenantNamespace(plane.name, plane.namespace) });
const CONFIG = ref("providerConfig", "ocm");
const OLD = "0.4.0";
const NEW = "0.5.0";
const POLL_MS = 60_000;
/** Longer than any test: what is put right is not put right by the poll. */
const NO_POLL = "24h";
/** A mended object is soon as it should be. */
const SOON_MS = 15_000;
/** API servers send bookmarks each minute: after 150 s without one, a watch counts as dead. */
const DEAD_MS = 150_000;

/** A change by others, and whether it has been answered as if it had been noticed at once. */
type Change = {
  make(world: SimulatedWorld): Promise<unknown>;
  isAnswered(world: SimulatedWorld): Promise<boolean>;
  /** Whether it takes Flux to answer it. */
  readonly needsFlux?: true;
};

const changes: Readonly<Record<string, Change>> = {
  "values of a HelmRelease": {
    make: ({ simulation }) => simulation.platform.client.patchMerge(refs.release, { spec: valuesOf(1) }),
    isAnswered: async (world) => concurrencyOf(await find(world, refs.release)) === 7,
  },
  "the end of an OCIRepository": { ...anew(refs.source), needsFlux: true },
  "the end of an AccessRequest": anew(refs.accessRequest),
  "the content of a copied Secret": {
    make: ({ simulation }) =>
      simulation.platform.client.patchMerge(refs.copy, { data: { ".dockerconfigjson": encoded('{"auths":{}}') } }),
    isAnswered: async (world) => {
      const copy = await find(world, refs.copy);
      return valueAt(copy, "data", ".dockerconfigjson") === encoded(world.simulation.charts.dockerConfigJson);
    },
  },
  "the version of an OCM object": {
    make: ({ simulation }) => simulation.onboarding.client.patchMerge(refs.ocm, { spec: { version: NEW } }),
    isAnswered: async (world) => (await tagOf(world)) === NEW,
  },
  "the end of an OCM object": {
    make: ({ simulation }) => simulation.onboarding.client.delete(refs.ocm),
    isAnswered: async (world) => {
      const release = await find(world, refs.release);
      return release === undefined || release.metadata.deletionTimestamp !== undefined;
    },
  },
  "values of the ProviderConfig": {
    make: ({ simulation }) => simulation.platform.client.patchMerge(CONFIG, { spec: valuesOf(8) }),
    isAnswered: async (world) => concurrencyOf(await find(world, refs.release)) === 8,
  },
};

/** A deletion by somebody, and a new object in the place of the old one. */
function anew(object: ObjRef): Change {
  let uid: string | undefined;
  return {
    make: async (world) => {
      uid = (await find(world, object))?.metadata.uid;
      await world.simulation.platform.client.delete(object);
    },
    isAnswered: async (world) => {
      const found = await find(world, object);
      return found !== undefined && found.metadata.uid !== uid && found.metadata.deletionTimestamp === undefined;
    },
  };
}

type StartOptions = { readonly pollInterval?: string } & NonNullable<Parameters<typeof SimulatedWorld.start>[2]>;

/** A world with one tenant that is installed, and at rest. */
async function startSettled(
  faults: WatchFaults,
  { pollInterval = NO_POLL, ...options }: StartOptions = {},
): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(5, faults.intercept, options);
  const { simulation, clock } = world;
  await simulation.platform.client.patchMerge(CONFIG, { spec: { pollInterval, ...valuesOf(7) } });
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await simulation.onboarding.client.create(ocm(plane, OLD));
  await world.untilOcm(plane, isInstalled(OLD));
  await clock.advance(3 * POLL_MS);
  return world;
}

describe("a change of which a watch has not told", () => {
  for (const [what, change] of Object.entries(changes)) {
    it(`is found when the API server has forgotten where the watch was: ${what}`, async () => {
      const faults = new WatchFaults();
      const world = await startSettled(faults);

      faults.loseChanges();
      await change.make(world);
      // Bookmarks have led the watches past the change: where they are, nothing is left to tell.
      await world.clock.advance(2 * POLL_MS);
      assert.ok(!(await change.isAnswered(world)));
      faults.forgetPositions();
      await world.clock.advance(SOON_MS);

      assert.ok(await change.isAnswered(world));
      await world.stop();
    });

    it(`is found when the watch has been silent for longer than any that is alive: ${what}`, async () => {
      const faults = new WatchFaults();
      const world = await startSettled(faults);

      faults.fallSilent();
      await change.make(world);
      await world.clock.advance(DEAD_MS + SOON_MS);

      assert.ok(await change.isAnswered(world));
      await world.stop();
    });
  }
});

describe("an API server that was restored from a backup", () => {
  it("has the platform's objects brought up to date, although it tells nobody that they are old", async () => {
    const faults = new WatchFaults();
    // Flux notices its old objects by its own interval, which follows that of the poll.
    const world = await startSettled(faults, { pollInterval: "1m" });
    const { platform, onboarding } = world.simulation;
    const backup = platform.api.backUp();
    await onboarding.client.patchMerge(refs.ocm, { spec: { version: NEW } });
    await world.untilOcm(plane, isInstalled(NEW));
    await world.clock.advance(POLL_MS);

    platform.api.restore(backup);
    faults.cut();
    const restored = await tagOf(world);
    await world.clock.advance(DEAD_MS + SOON_MS);

    assert.equal(restored, OLD);
    assert.equal(await tagOf(world), NEW);
    await world.untilOcm(plane, isInstalled(NEW));
    await world.stop();
  });

  it("has everything made anew that was not there yet", async () => {
    const faults = new WatchFaults();
    const world = await startSettled(faults);
    const { simulation, clock } = world;
    const other = refsOf({ ...neighbour, tenantNamespace: tenantNamespace(neighbour.name, neighbour.namespace) });
    await clock.runUntil(simulation.orderControlPlane(neighbour));
    await clock.advance(POLL_MS);
    const backup = simulation.platform.api.backUp();
    await simulation.onboarding.client.create(ocm(neighbour, OLD));
    await world.untilOcm(neighbour, isInstalled(OLD));

    simulation.platform.api.restore(backup);
    faults.cut();
    const restored = await find(world, other.release);
    // The platform's operator notices as late that it knows more than there is.
    await clock.advance(4 * DEAD_MS);

    assert.equal(restored, undefined);
    assert.notEqual(await find(world, other.release), undefined);
    await world.untilOcm(neighbour, isInstalled(OLD));
    await world.stop();
  });

  it("has what its users asked for before followed again", async () => {
    const faults = new WatchFaults();
    const world = await startSettled(faults);
    const { onboarding } = world.simulation;
    const backup = onboarding.api.backUp();
    await onboarding.client.patchMerge(refs.ocm, { spec: { version: NEW } });
    await world.untilOcm(plane, isInstalled(NEW));

    onboarding.api.restore(backup);
    faults.cut();
    await world.clock.advance(DEAD_MS + SOON_MS);

    assert.equal(await tagOf(world), OLD);
    await world.untilOcm(plane, isInstalled(OLD));
    await world.stop();
  });
});

/** How a world loses what puts tenants into the queue: wake-ups themselves, and what Flux writes now and then. */
function loseWakeUps(): { readonly lost: { wakeUps: boolean; flux: boolean }; readonly options: StartOptions } {
  const lost = { wakeUps: false, flux: false };
  const added = (): void => {
    if (lost.wakeUps) {
      throw new Error("the wake-up got lost");
    }
  };
  const queue = { added, retried: never, taken: never, finished: never };
  return {
    lost,
    options: {
      observe: (name) => (name === "ocm" ? { queue } : {}),
      between: (from, _cluster, transport) => (request) =>
        lost.flux && from !== "platform operator" ? never() : transport(request),
    },
  };
}

describe("a change that is in a cache and has put nobody into the queue", () => {
  for (const [what, change] of Object.entries(changes)) {
    it(`is found within a poll interval: ${what}`, async () => {
      const { lost, options } = loseWakeUps();
      const world = await startSettled(new WatchFaults(), { ...options, pollInterval: "1m" });
      // The next poll is far enough away.
      await world.clock.advance(POLL_MS / 2);

      lost.wakeUps = true;
      lost.flux = change.needsFlux !== true;
      await change.make(world);
      await world.clock.advance(SOON_MS);
      lost.wakeUps = false;
      const before = await change.isAnswered(world);
      await world.clock.advance(POLL_MS);

      assert.ok(!before);
      assert.ok(await change.isAnswered(world));
      await world.stop();
    });
  }

  it("is found within a poll interval when it happens to another tenant: its workload cluster is free again", async () => {
    const world = await SimulatedWorld.start(5);
    const { simulation, clock } = world;
    await simulation.platform.client.patchMerge(CONFIG, { spec: { targetCluster: "Workload" } });
    world.startProvider();
    for (const { name, namespace } of [plane, neighbour]) {
      await clock.runUntil(simulation.orderControlPlane({ name, namespace }));
    }
    await simulation.onboarding.client.create(ocm(plane, OLD));
    await world.untilOcm(plane, isInstalled(OLD));
    await simulation.onboarding.client.create(ocm(neighbour, OLD));
    await world.untilOcm(neighbour, (found) => conditionOf(found, "ReleaseReady")?.reason === "ClusterShared");
    await clock.advance(3 * POLL_MS);

    await simulation.onboarding.client.delete(refs.ocm);
    await world.untilOcm(plane, (found) => found === undefined);
    await clock.advance(POLL_MS + SOON_MS);

    const found = await simulation.onboarding.client.find(ref("ocm", neighbour.name, neighbour.namespace));
    assert.ok(isInstalled(OLD)(found), JSON.stringify(valueAt(found, "status")));
    await world.stop();
  });
});

function find({ simulation }: SimulatedWorld, object: ObjRef): Promise<Obj | undefined> {
  const { client } = object === refs.ocm ? simulation.onboarding : simulation.platform;
  return client.find(object);
}

function valuesOf(resource: number): object {
  return { values: { manager: { concurrency: { resource } } } };
}

async function tagOf(world: SimulatedWorld): Promise<string> {
  return textAt(await find(world, refs.source), "spec", "ref", "tag");
}

function concurrencyOf(object: Obj | undefined): unknown {
  return valueAt(object, "spec", "values", "manager", "concurrency", "resource");
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}
