import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Clock } from "../../src/kube/clock.ts";
import type { ControlPlaneRef } from "../../ground/ground.ts";
import { kindOf } from "../support/kinds.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const MANAGED = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };
const COUNT = 100;
/** Slow enough that orders wait for each other. */
const WRITE_MS = 1000;

describe("many orders at once", () => {
  it("do not delay the news of what is under way", async () => {
    let clock: Clock | undefined;
    const world = await SimulatedWorld.start(1, async ({ text, send }) => {
      await (/ (?:PATCH|POST) /u.test(text) && clock?.sleep(WRITE_MS));
      return send();
    });
    const { simulation } = world;
    const [version = ""] = simulation.charts.versions;
    const first = { name: "mcp-0", namespace: "project-x--ws-y" };
    const planes: readonly ControlPlaneRef[] = [
      first,
      ...Array.from({ length: COUNT - 1 }, (_, number) => ({ ...first, name: `mcp-${number + 1}` })),
    ];
    await Promise.all(planes.map((plane) => world.clock.runUntil(simulation.orderControlPlane(plane))));
    world.startProvider();
    await world.clock.advance(60_000);
    clock = world.clock;

    await Promise.all(planes.map((plane) => simulation.onboarding.client.create(ocm(plane, version))));
    await world.untilOcm(first, isInstalled(version));

    const begun = await simulation.platform.client.list(kindOf("accessRequest"), MANAGED);
    assert.ok(begun.length < COUNT, "the first tenant is Ready before the last order is begun");
    await world.stop();
  });
});
