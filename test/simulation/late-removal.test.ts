import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { lateNews } from "../support/late-news.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const ACCESS = ref("accessRequest", "ocm.services.openmcp.cloud--mcp-01--mcp", NAMESPACE);
const CLUSTER = ref("clusterRequest", plane.name, NAMESPACE);
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE);
const GONE_WITHIN_MS = 60_000;

/** Each has met the deletion before the news of what was lost. */
const SEEDS = (process.env["SEEDS"] ?? "4,12,13").split(",").map(Number);

for (const seed of SEEDS) {
  describe(`a deletion that is faster than the news (seed ${seed})`, () => {
    it("leaves no release behind where the access has just been taken away", async () => {
      const world = await installed(seed);

      await deleteAfter(world, async ({ client }) => {
        await client.patchMerge(ACCESS, { metadata: { finalizers: null } });
        await remove(world, ACCESS);
      });

      assert.equal(await deployments(world), 0, "the release is uninstalled");
      await world.stop();
    });

    it("waits where the operator has just suspended the release", async () => {
      const world = await installed(seed);
      const { platform, onboarding } = world.simulation;

      await platform.client.patchMerge(RELEASE, { spec: { suspend: true } });
      await onboarding.client.delete(OCM);
      await world.untilOcm(plane, (object) => conditionOf(object, "Removed")?.reason === "ReleaseSuspended");
      const kept = await platform.client.get(RELEASE);
      assert.equal(kept.metadata.deletionTimestamp, undefined);

      await platform.client.patchMerge(RELEASE, { spec: { suspend: null } });
      await world.untilOcm(plane, (object) => object === undefined);
      assert.equal(await deployments(world), 0, "the release is uninstalled");
      await world.stop();
    });

    it("uninstalls nothing where the control plane has just been given up", async () => {
      const world = await installed(seed);

      await deleteAfter(world, () => remove(world, CLUSTER));

      assert.equal(await deployments(world), 1, "nobody has tried to uninstall");
      await world.stop();
    });
  });
}

async function installed(seed: number): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(seed, lateNews(seed));
  const { simulation, clock } = world;
  const version = simulation.charts.versions[0] ?? "";
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await simulation.onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  return world;
}

/** Has the OCM object deleted after a change that the provider is told to ignore. */
async function deleteAfter(
  world: SimulatedWorld,
  change: (platform: SimulatedWorld["simulation"]["platform"]) => Promise<void>,
): Promise<void> {
  const { client } = world.simulation.onboarding;
  const setOperation = (operation: string | null): Promise<unknown> =>
    client.patchMerge(OCM, { metadata: { annotations: { "openmcp.cloud/operation": operation } } });
  await setOperation("ignore");
  await change(world.simulation.platform);
  await client.delete(OCM);
  await setOperation(null);
  await world.untilOcm(plane, (object) => object === undefined);
}

async function remove({ simulation, clock }: SimulatedWorld, object: ObjRef): Promise<void> {
  const { client } = simulation.platform;
  await client.delete(object);
  const deadline = clock.now() + GONE_WITHIN_MS;
  while ((await client.find(object)) !== undefined) {
    assert.ok(clock.now() < deadline, `expected ${object.kind} ${object.name} to be gone`);
    // Finely: the deletion has to come before the news.
    await clock.advance(2);
  }
}

async function deployments({ simulation }: SimulatedWorld): Promise<number> {
  const mcp = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  const found = (await mcp?.client.list(kindOf("deployment"))) ?? [];
  return found.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
}
