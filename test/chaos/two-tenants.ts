import { createMetrics } from "../../src/runtime/metrics.ts";
import type { ServiceObj } from "../support/ocm-status.ts";
import { ocm } from "../support/world.ts";
import { TENANTS, type TenantRef } from "./tenants.ts";
import { ocmsOf } from "./groups.ts";
import { Rules } from "./rules.ts";
import { World } from "./world.ts";

/** By way of this tenant somebody means ill to the provider. */
export const victim: TenantRef = TENANTS.one;

/** This tenant shall not notice. */
export const other: TenantRef = TENANTS.two;

const metrics = createMetrics({ clock: { now: () => 0, sleep: () => Promise.resolve() } });

/** Starts a world with one provider, in which both tenants are Ready; `prepare` comes before the provider. */
export async function startTwo(
  prepare: (world: World) => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly world: World; readonly rules: Rules }> {
  const world = await World.start({ seed: 1, replicas: 1, tempo: "fast", metrics });
  const rules = new Rules(world, Object.values(TENANTS));
  await prepare(world);
  world.begin();
  for (const tenant of [victim, other]) {
    await world.clock.runUntil(world.ground.orderControlPlane(tenant));
    await world.ground.onboarding.client.create(ocm(tenant, "0.4.0"));
  }
  await world.clock.advance(90_000);
  return { world, rules };
}

/** The OCM object of a tenant. */
export function find(world: World, { name, namespace }: TenantRef): ServiceObj | undefined {
  return world.peek("onboarding", ocmsOf(), `${namespace}/${name}`);
}
