import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { ocmRef } from "../support/kinds.ts";
import { isInstalled, type Shard, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const SETTLED_MS = 60_000;
const LOOK = "GET";
const STATUS = "PATCH status";
const END = "PATCH";

/** Removes an installation, and returns what the provider sends for the OCM object until it is gone. */
async function removal(shard: Shard = {}): Promise<readonly string[]> {
  const sent: string[] = [];
  const world = await SimulatedWorld.start(1, ({ text, send }) => {
    sent.push(...requestsIn(text));
    return send();
  });
  const { simulation, clock } = world;
  const [version = ""] = simulation.charts.versions;
  world.startProvider(shard);
  await clock.runUntil(simulation.orderControlPlane(plane));
  await simulation.onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  await clock.advance(SETTLED_MS);
  sent.length = 0;

  await simulation.onboarding.client.delete(ocmRef(plane));
  await world.untilOcm(plane, (object) => object === undefined);
  await world.stop();
  return sent;
}

/** The request for the OCM object that a text names, if it does. */
function requestsIn(text: string): readonly string[] {
  const [, method = "", subresource = ""] =
    / (\w+) \S*\/ocm\.services\.openmcp\.cloud\/\S*\/ocms\/mcp-01(?:\/(\w+))?/u.exec(text) ?? [];
  return method === "" ? [] : [[method, subresource].join(" ").trim()];
}

describe("a removal that takes its course", () => {
  it("says once what it waits for, and looks at its object not once where one process serves all", async () => {
    assert.deepEqual(await removal(), [STATUS, END]);
  });

  it("looks at its object in each pass where another process may have ended the removal", async () => {
    const [first, ...others] = await removal({ selector: `!${SHARD_LABEL}` });

    assert.equal(first, LOOK);
    assert.deepEqual(others.slice(-2), [LOOK, END]);
    assert.equal(others.filter((request) => request === STATUS).length, 1, others.join(", "));
  });
});
