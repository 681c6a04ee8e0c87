import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createMetrics } from "../../src/runtime/metrics.ts";
import { type SeenCondition, type ServiceObj } from "../support/ocm-status.ts";
import { ocm, pullSecret } from "../support/world.ts";
import { differences, dump, type Dump } from "./dump.ts";
import { TENANTS } from "./tenants.ts";
import { ocmsOf } from "./groups.ts";
import { SPEC_STATES, type SpecState, want } from "./spec-states.ts";
import { World } from "./world.ts";

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });
const tenant = TENANTS.one;
const SETTLED_MS = 90_000;
// Flux goes on trying what cannot work with growing pauses, and the provider what Flux has given up.
const PATIENCE_MS = 20 * 60_000;

/** A world with a control plane and a tenant that wants something. */
async function startWith(state: SpecState): Promise<World> {
  const world = await World.start({ seed: 1, replicas: 1, tempo: "fast", metrics });
  const { platform, onboarding, charts } = world.ground;
  await platform.client.create(pullSecret(charts.dockerConfigJson, "second-login"));
  world.providers[0]?.start();
  await world.clock.runUntil(world.ground.orderControlPlane(tenant));
  await onboarding.client.create(ocm(tenant, state.version));
  await want(state, tenant, world);
  await world.clock.advance(SETTLED_MS);
  return world;
}

/** How it is: everything, or of what cannot work only what the tenant is told. */
function endOf({ isWrong = false }: SpecState, world: World): Dump {
  if (!isWrong) {
    return dump(world.ground.clusters);
  }
  const found: ServiceObj | undefined = world.peek("onboarding", ocmsOf(), `${tenant.namespace}/${tenant.name}`);
  const told = (found?.status?.conditions ?? []).map(({ type, status, reason }: SeenCondition) => ({
    type,
    status,
    reason,
  }));
  return new Map([["what the tenant is told", told]]);
}

describe("a change of what is wanted", () => {
  for (const [name, last] of Object.entries(SPEC_STATES)) {
    it(`ends, from every other state, as a fresh installation that is ${name}`, async () => {
      const fresh = await startWith(last);
      const expected = endOf(last, fresh);
      const wrong: string[] = [];
      for (const [before, first] of Object.entries(SPEC_STATES).filter(([, state]) => state !== last)) {
        await want(first, tenant, fresh);
        await fresh.clock.advance(SETTLED_MS);
        await want(last, tenant, fresh);
        const endMs = fresh.clock.now() + PATIENCE_MS;
        let left = differences(endOf(last, fresh), expected);
        while (left.length > 0 && fresh.clock.now() < endMs) {
          await fresh.clock.advance(5000);
          left = differences(endOf(last, fresh), expected);
        }
        wrong.push(...left.map((difference) => `from ${before}: ${difference}`));
      }
      await fresh.stop();

      assert.deepEqual(wrong, []);
    });
  }
});
