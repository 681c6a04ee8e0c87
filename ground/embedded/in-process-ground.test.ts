import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { VirtualClock } from "../../sim/clock.ts";
import { recordedTimings } from "../../sim/flux/timings.ts";
import type { Obj } from "../../sim/object.ts";
import { writeServiceProviderStatus } from "../../sim/platform/seed.ts";
import { tenantNamespace } from "../../sim/platform/tenant-namespace.ts";
import { textAt } from "../../sim/value-at.ts";
import { startInProcessGround } from "./in-process-ground.ts";
import type { Simulation } from "./simulation.ts";

const mcp = { name: "mcp-01", namespace: "project-p--ws-w" };

describe("a ground without network", () => {
  it("makes the same history from the same seed", async () => {
    assert.deepEqual(await historyOf(7), await historyOf(7));
  });

  it("makes another history from another seed", async () => {
    assert.notDeepEqual(await historyOf(7), await historyOf(8));
  });

  it("starts with a ServiceProvider that the operator has not looked at yet, when asked to", async () => {
    const clock = new VirtualClock();

    const ground = await started(clock, startInProcessGround({ clock, serviceProviderStatus: "absent" }));

    const { client } = ground.platform;
    const provider = { apiVersion: "openmcp.cloud/v1alpha1", kind: "ServiceProvider", name: "ocm" };
    assert.equal(textAt(await client.get(provider), "status", "phase"), "");
    await writeServiceProviderStatus(client, clock);
    assert.equal(textAt(await client.get(provider), "status", "phase"), "Progressing");
    await clock.runUntil(ground.stop());
  });
});

/** Everything on the platform after a control plane was ordered and a chart fetched for it. */
async function historyOf(seed: number): Promise<readonly Obj[]> {
  const clock = new VirtualClock();
  const ground = await started(clock, startInProcessGround({ clock, seed, fluxTimings: recordedTimings }));
  await clock.runUntil(ground.orderControlPlane(mcp));
  const { client } = ground.platform;
  const namespace = tenantNamespace(mcp);
  const source = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository" };
  const spec = { url: ground.charts.chartURL, ref: { tag: "0.4.0" }, interval: "1m" };
  await client.create({ ...source, metadata: { name: "chart", namespace }, spec });
  await clock.advance(30_000);
  const kinds = ["AccessRequest", "Cluster", "ClusterRequest"];
  const lists = await Promise.all([
    ...kinds.map((kind) => client.list({ apiVersion: "clusters.openmcp.cloud/v1alpha1", kind })),
    client.list({ apiVersion: "v1", kind: "Secret" }),
    client.list(source),
  ]);
  await clock.runUntil(ground.stop());
  return lists.flat();
}

async function started(clock: VirtualClock, starting: Promise<Simulation>): Promise<Simulation> {
  const ground = await clock.runUntil(starting);
  assert.ok(ground !== undefined);
  return ground;
}
