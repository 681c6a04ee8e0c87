import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { playLife } from "../support/simulated-life.ts";
import { SimulatedWorld } from "../support/simulated-world.ts";

/** Every request of the provider during a tenant's life, with the time it was sent. */
async function requestsOfLife(seed: number): Promise<string[]> {
  const requests: string[] = [];
  const world = await SimulatedWorld.start(seed, ({ text, send }, { clock }) => {
    requests.push(`${clock.now()} ${text}`);
    return send();
  });
  await playLife(world);
  await world.stop();
  return requests;
}

describe("the provider on a virtual clock", () => {
  it("lives a tenant's life inside one process", async () => {
    const requests = await requestsOfLife(1);

    assert.ok(requests.length > 0);
  });

  it("does exactly the same for the same seed", async () => {
    assert.deepEqual(await requestsOfLife(7), await requestsOfLife(7));
  });
});
