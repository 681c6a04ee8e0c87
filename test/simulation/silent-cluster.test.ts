import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const CONFIG = ref("providerConfig", "ocm");
const MINUTE_MS = 60_000;

describe("an onboarding cluster that falls silent", () => {
  for (const [how, request, answer] of [
    ["breaks every connection", "onboarding ", () => Promise.reject(new Error("socket hang up"))],
    ["answers nothing", "onboarding ", () => never<never>()],
    ["answers lists, and no watch", "watch=true", () => Promise.reject(new Error("socket hang up"))],
  ] as const) {
    it(`is told of on the ProviderConfig until it is heard again: it ${how}`, async () => {
      let isSilent = false;
      const world = await SimulatedWorld.start(4, ({ text, send }) =>
        isSilent && text.startsWith("onboarding ") && text.includes(request) ? answer() : send(),
      );
      const { platform, onboarding, charts } = world.simulation;
      const [version = ""] = charts.versions;
      const findConfig = (): Promise<ServiceObj> => platform.client.get<ServiceObj>(CONFIG);
      world.startProvider();
      await world.clock.runUntil(world.simulation.orderControlPlane(plane));
      await onboarding.client.create(ocm(plane, version));
      await world.untilOcm(plane, isInstalled(version));
      const before = await findConfig();

      isSilent = true;
      // Watches that are open go on for up to ten minutes.
      await world.clock.advance(20 * MINUTE_MS);
      const meanwhile = await findConfig();
      isSilent = false;
      await world.clock.advance(2 * MINUTE_MS);

      assert.equal(conditionOf(before, "Connected"), undefined);
      const { status, reason, message } = conditionOf(meanwhile, "Connected") ?? assert.fail();
      assert.deepEqual([status, reason], ["False", "ClusterSilent"]);
      assert.match(message, /^cannot follow ocms of the onboarding cluster since 20/);
      assert.equal(conditionOf(meanwhile, "Ready")?.status, "False");
      const after = await findConfig();
      assert.equal(conditionOf(after, "Connected"), undefined);
      assert.equal(conditionOf(after, "Ready")?.status, "True");
      await world.stop();
    });
  }
});
