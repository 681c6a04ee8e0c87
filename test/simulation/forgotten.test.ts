import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ControlPlaneRef } from "../../ground/ground.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";
const planes = Array.from({ length: 20 }, (_, number) => ({ name: `mcp-${number}`, namespace: NAMESPACE }));
const HOURS_MS = 2 * 3_600_000;

/** A world that counts the watches on control planes that are open, and notes what is sent there. */
type CountingWorld = SimulatedWorld & { readonly sent: string[]; readonly open: { count: number } };

async function startWorld(): Promise<CountingWorld> {
  const sent: string[] = [];
  const open = { count: 0 };
  const world = await SimulatedWorld.start(4, async ({ text, send }) => {
    if (!text.startsWith("mcp-")) {
      return send();
    }
    sent.push(text);
    const answer = await send();
    return text.includes("watch=") ? { ...answer, body: counted(answer.body, open) } : answer;
  });
  world.startProvider();
  return Object.assign(world, { sent, open });
}

async function* counted(body: AsyncIterable<Uint8Array>, open: { count: number }): AsyncGenerator<Uint8Array> {
  open.count += 1;
  try {
    yield* body;
  } finally {
    open.count -= 1;
  }
}

/** Brings every OCM object into a deletion that an object of its user blocks. */
async function blockDeletions(world: SimulatedWorld): Promise<void> {
  const { simulation, clock } = world;
  const { client } = simulation.onboarding;
  const [version = ""] = simulation.charts.versions;
  for (const plane of planes) {
    await clock.runUntil(simulation.orderControlPlane(plane));
    await client.create(ocm(plane, version));
  }
  for (const plane of planes) {
    await world.untilOcm(plane, isInstalled(version));
    await mcpOf(world, plane).create(repository);
    await client.delete(ref("ocm", plane.name, NAMESPACE));
  }
  for (const plane of planes) {
    await world.untilOcm(plane, (found) => conditionOf(found, "Removed")?.reason === "UserObjectsExist");
  }
}

function mcpOf(
  { simulation }: SimulatedWorld,
  plane: ControlPlaneRef,
): SimulatedWorld["simulation"]["platform"]["client"] {
  const mcp = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  assert.ok(mcp);
  return mcp.client;
}

async function takeFinalizersAway({ simulation, clock }: SimulatedWorld): Promise<void> {
  for (const { name } of planes) {
    await simulation.onboarding.client.patchMerge(ref("ocm", name, NAMESPACE), { metadata: { finalizers: null } });
  }
  await clock.advance(5_000);
}

const repository = {
  apiVersion: "delivery.ocm.software/v1alpha1",
  kind: "Repository",
  metadata: { name: "theirs", namespace: "default" },
  spec: {},
};

describe("OCM objects whose finalizers somebody takes away", () => {
  it("leave no watch open, and their control planes in peace", async () => {
    const world = await startWorld();
    await blockDeletions(world);
    const openBefore = world.open.count;

    await takeFinalizersAway(world);
    const openAfter = world.open.count;
    world.sent.length = 0;
    await world.clock.advance(HOURS_MS);

    assert.ok(openBefore > planes.length, "a watch for each kind, and one for the kinds");
    assert.equal(openAfter, 0);
    assert.deepEqual(world.sent, []);
    await world.stop();
  });

  it("leave nothing open while the operator has the ProviderConfig ignored", async () => {
    const world = await startWorld();
    await blockDeletions(world);
    const annotations = { "openmcp.cloud/operation": "ignore" };
    await world.simulation.platform.client.patchMerge(ref("providerConfig", "ocm"), { metadata: { annotations } });
    await world.clock.advance(1_000);

    await takeFinalizersAway(world);

    assert.equal(world.open.count, 0);
    await world.stop();
  });

  it("leave nothing open where others come under their names", async () => {
    const world = await startWorld();
    const { client } = world.simulation.onboarding;
    const [version = ""] = world.simulation.charts.versions;
    await blockDeletions(world);
    // The provider sees the new objects without having seen the end of the old ones.
    for (const plane of planes) {
      await client.patchMerge(ref("ocm", plane.name, NAMESPACE), { metadata: { finalizers: null } });
      await client.create(ocm(plane, version));
    }
    for (const plane of planes) {
      await world.untilOcm(plane, isInstalled(version));
    }

    assert.equal(world.open.count, 0);
    await world.stop();
  });
});
