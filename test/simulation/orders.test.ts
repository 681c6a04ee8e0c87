import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { textAt } from "../../sim/value-at.ts";
import { LOOKUP_NAME } from "../../src/ocm/names.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { crashAt } from "../support/crash-at.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const LOOKUP = ref("ociRepository", LOOKUP_NAME, NAMESPACE);
const SOURCE = ref("ociRepository", "sp-ocm-k8s-toolkit", NAMESPACE);

/** Starts a world in which a tenant has ordered a version. */
async function order(version: string, intercept?: Intercept): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1, intercept);
  world.startProvider();
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  await world.simulation.onboarding.client.create(ocm(plane, version));
  return world;
}

function ask({ simulation }: SimulatedWorld, version: string): Promise<unknown> {
  return simulation.onboarding.client.patchMerge(OCM, { spec: { version } });
}

function says(reason: string, text: string): (found: ServiceObj | undefined) => boolean {
  return (found) => {
    const chart = conditionOf(found, "ChartReady");
    const isOfNow = chart?.observedGeneration === found?.metadata.generation;
    return isOfNow && chart?.reason === reason && chart.message.includes(text);
  };
}

/** Ordered wrongly, corrected, ordered wrongly again, and deleted. Fails when something is left behind. */
async function playOrders(intercept?: Intercept): Promise<void> {
  const world = await order("v0.4.0", intercept);
  await world.untilOcm(plane, says("VersionNotFound", "write 0.4.0"));
  await ask(world, "0.4.0");
  await world.untilOcm(plane, isInstalled("0.4.0"));
  await ask(world, "latest");
  await world.untilOcm(plane, says("VersionNotFound", "the newest is"));
  const { platform, onboarding } = world.simulation;
  await onboarding.client.delete(OCM);
  await world.untilOcm(plane, (found) => found === undefined);
  for (const kind of ["helmRelease", "ociRepository"] as const) {
    const left = await platform.client.list(kindOf(kind));
    assert.deepEqual(
      left.map(({ metadata }) => metadata.name),
      [],
    );
  }
  await world.stop();
}

// Every n-th request and not each: the quick suite has to stay quick.
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 9);

describe("an order that has to be corrected", async () => {
  let requests = 0;
  await playOrders(({ number, send }) => {
    requests = number;
    return send();
  });
  for (const moment of ["before", "after"] as const) {
    for (let number = 1 + (moment === "after" ? 4 : 0); number <= requests; number += STRIDE) {
      it(`leaves nothing behind when the provider is killed ${moment} request ${number} is served`, async () => {
        await playOrders(crashAt(number, moment));
      });
    }
  }
});

describe("a tenant whose version is no tag", () => {
  it("hears none of Flux's words, though Flux fails while the pass that has asked it still runs", async () => {
    let isSlow = false;
    const world = await order("v0.4.0", async ({ text, send }, { clock }) => {
      const answer = await send();
      if (!isSlow && text.includes("/helmreleases/")) {
        isSlow = true;
        await clock.sleep(2000);
      }
      return answer;
    });

    await world.untilOcm(plane, says("VersionNotFound", "write 0.4.0"));

    assert.ok(isSlow);
    assert.deepEqual(await eventReasons(world), ["VersionNotFound"]);
    await world.stop();
  });

  it("causes no request, however often Flux tries again", async () => {
    const sent: string[] = [];
    const world = await order("v0.4.0", ({ text, send }) => {
      sent.push(text);
      return send();
    });
    await world.untilOcm(plane, says("VersionNotFound", "write 0.4.0"));
    await world.clock.advance(10_000);
    sent.length = 0;
    const before = await world.simulation.platform.client.get(SOURCE);

    await world.clock.advance(30 * 60_000);

    const after = await world.simulation.platform.client.get(SOURCE);
    assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion, "Flux has tried again");
    assert.deepEqual(sent.filter(isOfTenant), []);
    await world.stop();
  });

  it("is not told so before Flux has tried its tag again", async () => {
    const world = await SimulatedWorld.start(1);
    const { simulation, clock } = world;
    const { platform, onboarding, registry, charts } = simulation;
    registry.push(charts.chartURL, "v0.4.0", registry.find(charts.chartURL, { tag: "0.4.0" }).chart);
    registry.setDown(true);
    world.startProvider();
    await clock.runUntil(simulation.orderControlPlane(plane));
    await onboarding.client.create(ocm(plane, "v0.4.0"));
    await world.untilOcm(plane, says("ChartFetchFailed", "0.4.0 cannot be fetched either"));
    // Long enough for Flux to wait for minutes before it tries again by itself.
    await clock.advance(10 * 60_000);

    registry.setDown(false);
    const annotations = { "reconcile.fluxcd.io/requestedAt": "now" };
    await platform.client.patchMerge(LOOKUP, { metadata: { annotations } });
    await world.untilOcm(plane, isInstalled("0.4.0"));

    await clock.advance(1_000);
    assert.equal(await platform.client.find(LOOKUP), undefined);
    const reasons = await eventReasons(world);
    assert.ok(reasons.includes("ChartFetchFailed") && !reasons.includes("VersionNotFound"), reasons.join(", "));
    await world.stop();
  });
});

async function eventReasons({ simulation }: SimulatedWorld): Promise<readonly string[]> {
  const events = await simulation.onboarding.client.list({ apiVersion: "events.k8s.io/v1", kind: "Event" });
  return events.map((event) => textAt(event, "reason"));
}

function isOfTenant(text: string): boolean {
  return [NAMESPACE, plane.name].some((name) => text.includes(name)) && !text.includes("watch=true");
}
