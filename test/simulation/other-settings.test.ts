import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { recordedTimings, type FluxTimings } from "../../sim/flux/timings.ts";
import { ocmRef, ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const OTHER_VALUES = { values: { manager: { concurrency: { resource: 3 } } } };
const REFUSED_VALUES = { values: { manager: { replicas: "many" } } };
const SLOW: FluxTimings = { ...recordedTimings, upgradeMs: 60_000 };
const MUTE: FluxTimings = { ...recordedTimings, latencyMs: 15_000 };
/** More than are looked at at the same time in the beginning. */
const COUNT = 20;
/** Longer than a status waits. */
const LATER_MS = 7000;
const SOON_MS = 3000;
const SETTLED_MS = 3 * 60_000;
const FIRST = ocmRef({ name: "mcp-0", namespace: "project-x--ws-y" });
const CONFIG = ref("providerConfig", "ocm");

type Installed = {
  readonly world: SimulatedWorld;
  /** What the provider has sent since the settings were changed. */
  readonly sent: readonly string[];
  readonly first: () => Promise<ServiceObj>;
  /** Changes the settings; from then on each write takes so long. */
  readonly change: (spec: object, writeMs?: number) => Promise<void>;
};

describe("other settings", () => {
  it("reach the HelmRelease of every tenant before a status tells of them", async () => {
    const { world, sent, change } = await startInstalled({ tenants: COUNT, timings: SLOW });

    await change(OTHER_VALUES, 1000);
    await world.clock.advance(20_000);

    const releases = placesOf(sent, /PATCH .*\/helmreleases\//u);
    const statuses = placesOf(sent, /PATCH .*\/ocms\/.*\/status/u);
    assert.deepEqual([releases.length, statuses.length], [COUNT, COUNT], sent.join("\n"));
    assert.ok((releases.at(-1) ?? Infinity) < (statuses[0] ?? 0), sent.join("\n"));
    await world.stop();
  });

  it("leave a tenant Ready, without a request but that to its HelmRelease, when Flux is done with them at once", async () => {
    const { world, sent, change, first } = await startInstalled({ tenants: 1, timings: recordedTimings });
    const before = await first();

    await change(OTHER_VALUES);
    await world.clock.advance(60_000);

    assert.deepEqual(await first(), before);
    const ofTenant = sent.filter((text) => !text.includes("/providerconfigs/"));
    assert.equal(ofTenant.length, 1, ofTenant.join("\n"));
    await world.stop();
  });

  it("take Ready back for as long as Flux is at work on them", async () => {
    const { world, change, first } = await startInstalled({ tenants: 1, timings: SLOW });

    await change(OTHER_VALUES);
    await world.clock.advance(LATER_MS);
    const meanwhile = [conditionOf(await first(), "Ready"), conditionOf(await first(), "ReleaseReady")];
    await world.clock.advance(SLOW.upgradeMs + LATER_MS);

    assert.deepEqual(
      meanwhile.map((condition) => [condition?.status, condition?.reason]),
      [
        ["False", "Reconciling"],
        ["False", "ReleaseInstalling"],
      ],
    );
    assert.ok(isInstalled("0.4.0")(await first()));
    await world.stop();
  });

  it("take Ready back also when Flux says nothing, and nothing but time passes", async () => {
    const { world, change, first } = await startInstalled({ tenants: 1, timings: MUTE, pollInterval: "1m" });
    const { client } = world.simulation.onboarding;

    await change(OTHER_VALUES);
    await world.clock.advance(1000);
    await client.patchMerge(FIRST, { metadata: { annotations: { look: "1" } } });
    await world.clock.advance(LATER_MS);

    assert.equal(conditionOf(await first(), "Ready")?.status, "False");
    await world.stop();
  });

  it("are told to have failed as soon as Flux says so", async () => {
    const { world, change, first } = await startInstalled({ tenants: 1, timings: recordedTimings });

    await change(REFUSED_VALUES);
    await world.clock.advance(SOON_MS);

    const ready = conditionOf(await first(), "Ready");
    assert.deepEqual([ready?.status, ready?.reason], ["False", "ReconcileError"]);
    await world.stop();
  });

  it("take Ready back before anything else is written when they name another chart", async () => {
    const { world, sent, change } = await startInstalled({ tenants: 1, timings: recordedTimings });

    await change({ versions: [{ version: "0.4.0", chartVersion: "0.5.0" }] });
    await world.clock.advance(SOON_MS);

    const [written] = sent.filter((text) => text.includes("PATCH") && !text.includes("/providerconfigs/"));
    assert.match(written ?? "", /\/ocms\/.*\/status/u);
    await world.stop();
  });
});

type Given = { readonly tenants: number; readonly timings: FluxTimings; readonly pollInterval?: string };

/** Unless a poll interval is given, nobody looks again by himself. */
async function startInstalled(given: Given): Promise<Installed> {
  const sent: string[] = [];
  let writeMs = 0;
  const world = await SimulatedWorld.start(
    1,
    async ({ text, send }, { clock }) => {
      sent.push(text);
      await (/ (?:PATCH|POST) /u.test(text) && clock.sleep(writeMs));
      return send();
    },
    { fluxTimings: given.timings },
  );
  const { clock, simulation } = world;
  const { pollInterval = "1h" } = given;
  await simulation.platform.client.patchMerge(CONFIG, { spec: { pollInterval } });
  const planes = Array.from({ length: given.tenants }, (_, number) => ({
    name: `mcp-${number}`,
    namespace: "project-x--ws-y",
  }));
  await Promise.all(planes.map((plane) => clock.runUntil(simulation.orderControlPlane(plane))));
  await Promise.all(planes.map((plane) => simulation.onboarding.client.create(ocm(plane, "0.4.0"))));
  world.startProvider();
  for (const plane of planes) {
    await world.untilOcm(plane, isInstalled("0.4.0"));
  }
  await clock.advance(SETTLED_MS);
  return {
    world,
    sent,
    first: () => simulation.onboarding.client.get<ServiceObj>(FIRST),
    change: async (spec, ms = 0) => {
      [sent.length, writeMs] = [0, ms];
      await simulation.platform.client.patchMerge(CONFIG, { spec });
    },
  };
}

function placesOf(sent: readonly string[], wanted: RegExp): readonly number[] {
  return sent.flatMap((text, place) => (wanted.test(text) ? [place] : []));
}
