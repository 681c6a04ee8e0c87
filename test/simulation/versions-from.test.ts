import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { listAt, textAt } from "../../sim/value-at.ts";
import { answerDiscovery, discovery, DISCOVERY, discoveryCrd, failDiscovery } from "../support/discovery.ts";
import { crashAt } from "../support/crash-at.ts";
import { configRef, CURRENT_GROUP, EARLIER_GROUP, ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, never, SimulatedWorld, type Intercept } from "../support/simulated-world.ts";
import { ocm, providerConfig } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const CONFIG = ref("providerConfig", "ocm");
const CRD = ref("crd", "discoveries.delivery.ocm.software");
const LISTS = "GET /apis/delivery.ocm.software/v1alpha1/";
const MINUTE_MS = 60_000;
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 3);

/** A world whose ProviderConfig names a Discovery; `serves` says whether the kind exists. */
async function startWorld(intercept?: Intercept, { serves = true } = {}): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(7, intercept);
  const { client } = world.simulation.platform;
  if (serves) {
    await serve(world);
  }
  await client.patchMerge(CONFIG, { spec: { pollInterval: "1h", versionsFrom: { name: DISCOVERY.name } } });
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  return world;
}

async function serve(world: SimulatedWorld, ...found: readonly string[]): Promise<void> {
  const { client } = world.simulation.platform;
  await client.create(discoveryCrd());
  await world.clock.advance(5_000);
  await client.create(discovery());
  if (found.length > 0) {
    await answerDiscovery(client, found);
  }
}

async function untilConfig(world: SimulatedWorld, reason: string): Promise<ServiceObj> {
  const find = (): Promise<ServiceObj> => world.simulation.platform.client.get<ServiceObj>(CONFIG);
  for (let round = 0; round < 1200; round += 1) {
    const config = await find();
    if (conditionOf(config, "Accepted")?.reason === reason) {
      return config;
    }
    await world.clock.advance(100);
  }
  throw new Error(`expected Accepted with the reason ${reason}, found ${JSON.stringify((await find()).status)}`);
}

function offerOf(config: Obj): readonly string[] {
  return listAt(config, "status", "versions").map((entry) => textAt(entry, "version"));
}

/** Asks for a version, and waits until it is installed. */
async function installFirst(world: SimulatedWorld): Promise<string> {
  const [version = ""] = world.simulation.charts.versions;
  await answerDiscovery(world.simulation.platform.client, [version]);
  await world.simulation.onboarding.client.create(ocm(plane, version));
  world.startProvider();
  await world.untilOcm(plane, isInstalled(version));
  return version;
}

describe("versions from a Discovery", () => {
  it("are found as soon as the toolkit comes to the platform, without a poll", async () => {
    const world = await startWorld(undefined, { serves: false });
    const [version = ""] = world.simulation.charts.versions;
    world.startProvider();
    await world.simulation.onboarding.client.create(ocm(plane, version));
    const before = await untilConfig(world, "VersionsUnknown");
    await world.until(OCM, (found) => conditionOf(found, "ChartReady")?.reason === "VersionsUnknown");

    await serve(world, version);

    await world.untilOcm(plane, isInstalled(version));
    assert.match(conditionOf(before, "Accepted")?.message ?? "", /the kind comes with an OCM K8s Toolkit/);
    assert.deepEqual(offerOf(await untilConfig(world, "Valid")), [version]);
    await world.stop();
  });

  it("are the same for ProviderConfigs of both API groups, whichever leads, also when the Discovery fails then", async () => {
    const world = await startWorld();
    const version = await installFirst(world);
    const { client } = world.simulation.platform;
    const follower = await untilConfig(world, "Valid");
    await failDiscovery(client, "ResolutionFailed", "unauthorized");

    await client.create(providerConfig({ ...follower.spec }, CURRENT_GROUP));
    await world.clock.advance(5_000);
    world.crash();
    world.startProvider();
    await world.clock.advance(5_000);

    const both = await Promise.all([CURRENT_GROUP, EARLIER_GROUP].map((group) => client.get(configRef(group))));
    assert.deepEqual(both.map(offerOf), [[version], [version]]);
    assert.deepEqual(
      both.map((config) => conditionOf(config, "Accepted")?.reason),
      ["VersionsStale", "VersionsStale"],
    );
    assert.ok(isInstalled(version)(await world.simulation.onboarding.client.get<ServiceObj>(OCM)));
    await world.stop();
  });

  it("outlast a process that finds no valid settings", async () => {
    const world = await startWorld();
    const version = await installFirst(world);
    const { client } = world.simulation.platform;
    await untilConfig(world, "Valid");
    world.crash();
    await client.delete(DISCOVERY);
    await client.patchMerge(CONFIG, { spec: { versionsFrom: { semver: "newest" } } });

    world.startProvider();
    const invalid = await untilConfig(world, "InvalidProviderConfig");
    await client.patchMerge(CONFIG, { spec: { versionsFrom: { semver: null } } });
    const stale = await untilConfig(world, "VersionsStale");

    assert.deepEqual([invalid, stale].map(offerOf), [[version], [version]]);
    await world.stop();
  });

  it("stay on offer when the toolkit leaves the platform, and come back with it", async () => {
    const world = await startWorld();
    const version = await installFirst(world);
    await untilConfig(world, "Valid");

    await world.simulation.platform.client.delete(CRD);
    const stale = await untilConfig(world, "VersionsStale");
    await serve(world, version, "0.99.0");

    assert.deepEqual(offerOf(stale), [version]);
    assert.deepEqual(offerOf(await untilConfig(world, "Valid")), ["0.99.0", version]);
    await world.stop();
  });

  it("cost no request while nothing happens, also in trouble", async () => {
    const sent: string[] = [];
    const world = await startWorld(({ text, send }) => {
      sent.push(text);
      return send();
    });
    await installFirst(world);
    await failDiscovery(world.simulation.platform.client, "ResolutionFailed", "unauthorized");
    await untilConfig(world, "VersionsStale");
    await world.clock.advance(5 * MINUTE_MS);
    sent.length = 0;

    await world.clock.advance(30 * MINUTE_MS);

    assert.deepEqual(
      sent.filter((text) => !text.includes("watch=") && !text.includes("/leases/")),
      [],
    );
    await world.stop();
  });

  for (const [how, answer] of [
    ["fail", (): Promise<never> => Promise.reject(new Error("socket hang up"))],
    ["are never answered", never],
  ] as const) {
    it(`hold up no tenant when lists of them ${how}, and a new process goes on with those of before`, async () => {
      let isBroken = false;
      const world = await startWorld(({ text, send }) => (isBroken && text.includes(LISTS) ? answer() : send()));
      const version = await installFirst(world);
      await untilConfig(world, "Valid");
      world.crash();
      isBroken = true;

      world.startProvider();
      const stale = await untilConfig(world, "VersionsStale");

      assert.match(conditionOf(stale, "Accepted")?.message ?? "", /cannot follow Discovery/);
      assert.deepEqual(offerOf(stale), [version]);
      isBroken = false;
      await untilConfig(world, "Valid");
      await world.stop();
    });
  }
});

/** Has the Discovery fail while the provider is away. */
function failWith({ simulation }: SimulatedWorld): Promise<void> {
  return failDiscovery(simulation.platform.client, "ResolutionFailed", "unauthorized");
}

const WITHDRAWALS: readonly (string | undefined)[] = ["VersionWithdrawn", "VersionNotOffered"];

describe("a crash while the Discovery fails", async () => {
  let requests = 0;
  const undisturbed = await startWorld(({ number, send }) => {
    requests = number;
    return send();
  });
  await installFirst(undisturbed);
  await undisturbed.stop();

  for (let number = 1; number <= requests; number += STRIDE) {
    it(`withdraws no version, and ends as without it: request ${number}`, async () => {
      const world = await startWorld(crashAt(number, "after", failWith));
      const { platform, onboarding, charts } = world.simulation;
      const [version = ""] = charts.versions;
      await answerDiscovery(platform.client, [version]);
      await onboarding.client.create(ocm(plane, version));
      world.startProvider();

      for (let round = 0; round < 60; round += 1) {
        await world.clock.advance(1_000);
        const found = await onboarding.client.get<ServiceObj>(OCM);
        assert.ok(!WITHDRAWALS.includes(conditionOf(found, "ChartReady")?.reason), JSON.stringify(found.status));
      }
      await answerDiscovery(platform.client, [version]);

      await world.untilOcm(plane, isInstalled(version));
      assert.deepEqual(offerOf(await untilConfig(world, "Valid")), [version]);
      await world.stop();
    });
  }
});
