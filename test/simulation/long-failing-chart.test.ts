import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { recordedTimings } from "../../sim/flux/timings.ts";
import { ref } from "../support/kinds.ts";
import { plane } from "../support/simulated-takeover.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, POD_NAMESPACE, PULL_SECRET, pullSecret } from "../support/world.ts";

const LONG_MS = 2 * 60 * 60_000;
/** After two hours Flux tries again every 15 minutes only. */
const SOON_MS = 30_000;
const OCM = ref("ocm", plane.name, plane.namespace);

async function start(): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1, undefined, { fluxTimings: recordedTimings });
  world.startProvider();
  return world;
}

async function failForLong({ clock, simulation }: SimulatedWorld): Promise<void> {
  await clock.runUntil(simulation.orderControlPlane(plane));
  await simulation.onboarding.client.create(ocm(plane, simulation.charts.versions[0] ?? ""));
  await clock.advance(LONG_MS);
}

async function logInWith({ simulation }: SimulatedWorld, dockerConfigJson: string): Promise<void> {
  const { data } = pullSecret(dockerConfigJson);
  await simulation.platform.client.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), { data });
}

async function assertInstalledSoon(world: SimulatedWorld): Promise<void> {
  const beforeMs = world.clock.now();
  await world.untilOcm(plane, isInstalled(world.simulation.charts.versions[0] ?? ""));
  const tookMs = world.clock.now() - beforeMs;
  assert.ok(tookMs < SOON_MS, `installed within ${String(SOON_MS)} ms, took ${String(tookMs)} ms`);
  await world.stop();
}

describe("a chart that could not be fetched for hours", () => {
  it("is fetched as soon as the pull secret is right, and not when Flux would look next", async () => {
    const world = await start();
    const { charts } = world.simulation;
    await logInWith(world, charts.wrongDockerConfigJson);
    await failForLong(world);

    await logInWith(world, charts.dockerConfigJson);

    await assertInstalledSoon(world);
  });

  it("is fetched as soon as somebody asks for a check, when the registry is back", async () => {
    const world = await start();
    const { onboarding, registry } = world.simulation;
    registry.setDown(true);
    await failForLong(world);
    registry.setDown(false);

    await onboarding.client.patchMerge(OCM, { metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } } });

    await assertInstalledSoon(world);
  });
});
