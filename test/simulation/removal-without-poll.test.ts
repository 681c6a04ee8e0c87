import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { fastTimings, type FluxTimings, recordedTimings } from "../../sim/flux/timings.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const ACCESS = ref("accessRequest", "ocm.services.openmcp.cloud--mcp-01--mcp", NAMESPACE);
const CLUSTER = ref("clusterRequest", plane.name, NAMESPACE);
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE);
const VERSION = "0.4.0";
const AT_ONCE_MS = 500;
/** More than Flux takes to install and to uninstall, and far less than an interval. */
const SOON_MS = 30_000;
const POLL_INTERVAL = "30m";

async function start(
  fluxTimings: FluxTimings = recordedTimings,
  intercept: Intercept = ({ send }) => send(),
): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(4, intercept, { fluxTimings });
  const { simulation, clock } = world;
  const spec = { pollInterval: POLL_INTERVAL };
  await simulation.platform.client.patchMerge(ref("providerConfig", "ocm"), { spec });
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await simulation.onboarding.client.create(ocm(plane, VERSION));
  return world;
}

const isInstalledNow = (world: SimulatedWorld): Promise<void> => world.untilOcm(plane, isInstalled(VERSION));
const deleteOcm = ({ simulation }: SimulatedWorld): Promise<void> => simulation.onboarding.client.delete(OCM);

async function isReleaseGoing({ simulation }: SimulatedWorld): Promise<boolean> {
  const release = await simulation.platform.client.find(RELEASE);
  return release === undefined || release.metadata.deletionTimestamp !== undefined;
}

const moments: Readonly<Record<string, (world: SimulatedWorld) => Promise<void>>> = {
  ...Object.fromEntries(
    [100, 300, 500, 800, 1500, 3000, 8000].map((ms) => [
      `${ms} ms after it was asked for`,
      async (world: SimulatedWorld) => {
        await world.clock.advance(ms);
        await deleteOcm(world);
      },
    ]),
  ),
  "when it is installed": async (world) => {
    await isInstalledNow(world);
    await deleteOcm(world);
  },
  "right after somebody has deleted its access": async (world) => {
    await isInstalledNow(world);
    await world.simulation.platform.client.delete(ACCESS);
    await deleteOcm(world);
  },
  "and somebody deletes its access while Flux uninstalls": async (world) => {
    await isInstalledNow(world);
    await deleteOcm(world);
    while (!(await isReleaseGoing(world))) {
      await world.clock.advance(5);
    }
    await world.simulation.platform.client.delete(ACCESS);
  },
  "right after its control plane has gone": async (world) => {
    const { client } = world.simulation.platform;
    await isInstalledNow(world);
    await client.patchMerge(CLUSTER, { metadata: { finalizers: null } });
    await client.delete(CLUSTER);
    await deleteOcm(world);
  },
};

describe("a removal, long before the next poll", () => {
  for (const [moment, act] of Object.entries(moments)) {
    it(`ends as soon as others let it when the OCM object is deleted ${moment}`, async () => {
      const world = await start();

      await act(world);
      await world.clock.advance(SOON_MS);

      assert.equal(await world.simulation.onboarding.client.find(OCM), undefined);
      await world.stop();
    });
  }

  it("deletes the release with one request while Flux writes its status faster than watches tell", async () => {
    const deletions: string[] = [];
    const world = await start({ ...fastTimings, latencyMs: 5 }, ({ text, send }) => {
      deletions.push(...(/ DELETE .*helmreleases/u.test(text) ? [text] : []));
      return send();
    });
    while ((await world.simulation.platform.client.find(RELEASE)) === undefined) {
      await world.clock.advance(5);
    }

    await deleteOcm(world);
    await world.clock.advance(SOON_MS);

    assert.equal(deletions.length, 1);
    await world.stop();
  });

  it("deletes the release at once while Flux still installs it for the first time", async () => {
    const world = await start({ ...recordedTimings, installMs: 240_000 });
    await world.clock.advance(SOON_MS);

    await deleteOcm(world);
    await world.clock.advance(AT_ONCE_MS);

    assert.ok(await isReleaseGoing(world));
    await world.stop();
  });
});
