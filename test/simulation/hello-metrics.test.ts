import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { measureTenants } from "../../src/openmcp/service/provider-metrics.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { hello } from "../support/hello.ts";
import { seriesIn } from "../support/metric-families.ts";
import { isReady } from "../support/ocm-status.ts";
import { type Cast, SimulatedWorld } from "../support/simulated-world.ts";
import { FakeClock } from "../support/fake-clock.ts";

const apiVersion = "hello.example.com/v1alpha1";
const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const object = { apiVersion, kind: "Hello", ...plane };
const config = { apiVersion, kind: "ProviderConfig", name: "hello" };

const cast: Cast = {
  program: hello,
  providerName: "hello",
  configure: async ({ platform }) => {
    await platform.client.create({ apiVersion, kind: "ProviderConfig", metadata: { name: "hello" }, spec: {} });
  },
};

describe("examples/hello", () => {
  it("has the metrics about tenants without a line of its own", async () => {
    const metrics = createMetrics({ clock: new FakeClock() });
    const observeTenants = measureTenants(metrics, { clock: new FakeClock(), onboardingExpiresAtMs: () => undefined });
    const read = async (name: string): Promise<Readonly<Record<string, number>>> =>
      seriesIn(await metrics.text(), `service_provider_${name}`);
    const world = await SimulatedWorld.start(1, undefined, { cast, observeTenants });
    const { clock, simulation } = world;
    const { client } = simulation.onboarding;
    await clock.runUntil(simulation.orderControlPlane(plane));
    await client.create({ apiVersion, kind: "Hello", metadata: plane, spec: { greeting: "Hello" } });

    world.startProvider();
    await world.until(object, (found) => found !== undefined && isReady(found));

    assert.deepEqual(await read("tenants"), { '{phase="Ready",reason="ReconcileSuccess"}': 1 });
    assert.deepEqual(await read("tenant_versions"), {});
    assert.deepEqual(await read("time_to_ready_seconds_count"), { "": 1 });
    assert.deepEqual(await read("settings_in_force"), { "": 1 });

    await client.delete(object);
    await world.until(object, (found) => found === undefined);
    assert.deepEqual(await read("tenants"), {});
    assert.deepEqual(await read("deletion_seconds_count"), { "": 1 });

    await simulation.platform.client.delete(config);
    await clock.advance(5_000);
    assert.deepEqual(await read("settings_in_force"), { "": 0 });
    await world.stop();
  });
});
