import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { untilAborted } from "../../src/kube/deadline.ts";
import { SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, PULL_SECRET } from "../support/world.ts";

/** More than are worked on at the same time. */
const COUNT = 40;
const LIST_MS = 1000;

describe("a provider that starts with tenants that wait", () => {
  it("looks up what its settings name while it lists the tenants, and orders with the first passes", async () => {
    let passes = 0;
    let isListed = false;
    const whileListing: string[] = [];
    const passesBeforeWrites: number[] = [];
    const observe = (name: string): object => ({
      ...(name === "ocm" && {
        controller: { limited: () => undefined, started: () => (passes += 1), finished: () => undefined },
      }),
    });
    const world = await SimulatedWorld.start(
      1,
      async ({ text, send }, { clock }) => {
        if (/^onboarding GET .*\/ocms\?limit/u.test(text)) {
          await clock.sleep(LIST_MS);
          isListed = true;
        } else if (!isListed) {
          whileListing.push(text);
        }
        if (/^onboarding PATCH .*\/ocms\//u.test(text)) {
          passesBeforeWrites.push(passes);
        }
        return send();
      },
      { observe },
    );
    await orderMany(world);

    world.startProvider();
    await world.clock.advance(2 * LIST_MS);

    const aboutSecret = whileListing.filter((text) => text.includes(PULL_SECRET));
    assert.notEqual(aboutSecret.length, 0, whileListing.join("\n"));
    const [first = assert.fail("expected a tenant to be ordered")] = passesBeforeWrites;
    assert.ok(first < COUNT, `${first} passes before the first write`);
    await world.stop();
  });

  it("begins with a few of them, until the servers have shown how fast they are", async () => {
    const begun = new Set<string>();
    const world = await SimulatedWorld.start(1, ({ text, send, signal }) => {
      const name = /^onboarding PATCH .*\/ocms\/([^/?]+)/u.exec(text)?.[1];
      if (name === undefined) {
        return send();
      }
      begun.add(name);
      return untilAborted(signal).then(() => send());
    });
    await orderMany(world);

    world.startProvider();
    await world.clock.advance(LIST_MS);

    assert.ok(begun.size > 0 && begun.size <= COUNT / 4, `${begun.size} of ${COUNT} have begun`);
    await world.stop();
  });
});

async function orderMany({ simulation, clock }: SimulatedWorld): Promise<void> {
  const [version = ""] = simulation.charts.versions;
  for (let number = 0; number < COUNT; number += 1) {
    const plane = { name: `mcp-${number}`, namespace: "project-x--ws-y" };
    await clock.runUntil(simulation.orderControlPlane(plane));
    await simulation.onboarding.client.create(ocm(plane, version));
  }
}
