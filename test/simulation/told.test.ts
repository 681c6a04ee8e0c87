import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { kindOf, ref } from "../support/kinds.ts";
import type { ServiceObj } from "../support/ocm-status.ts";
import { MARK, plantedTexts } from "../support/planted-secrets.ts";
import { isInstalled, type Intercept, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const AT = "2026-01-01T00:00:00Z";
const texts = fc.sample(plantedTexts, { numRuns: 30, seed: 1 });
/** Where they are cut is the middle of a character, that of one of the two messages or of the other. */
const longTexts = [690, 698].map((length) => `${"x".repeat(length)}\u{1F600} tail`);
const REFUSED = "connect ECONNREFUSED 10.20.30.40:6443";

/** What the tenant, and what the operator reads in statuses and Events. */
async function told({ simulation }: SimulatedWorld): Promise<{ readonly tenant: string; readonly operator: string }> {
  const { onboarding, platform } = simulation;
  const status = (await onboarding.client.get<ServiceObj>(OCM)).status;
  const config = await platform.client.get(ref("providerConfig", "ocm"));
  return {
    tenant: JSON.stringify([status, await onboarding.client.list(kindOf("event", plane.namespace))]),
    operator: JSON.stringify([config["status"], await platform.client.list(kindOf("event", "default"))]),
  };
}

async function startInstalled(intercept?: Intercept): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1, intercept);
  const { clock, simulation } = world;
  // Flux shall not look again by itself and find nothing wrong.
  await simulation.platform.client.patchMerge(ref("providerConfig", "ocm"), { spec: { pollInterval: "1h" } });
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  const [version = ""] = simulation.charts.versions;
  await simulation.onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  return world;
}

/** Has Flux say that the chart cannot be fetched. */
async function failChart({ clock, simulation }: SimulatedWorld, message: string): Promise<void> {
  const { client } = simulation.platform;
  const [source] = await client.list(kindOf("ociRepository"));
  assert.ok(source);
  const { name, namespace = "", generation: observedGeneration = 0 } = source.metadata;
  const condition = { status: "True", reason: "Failed", message, observedGeneration, lastTransitionTime: AT };
  const conditions = [
    { ...condition, type: "FetchFailed" },
    { ...condition, type: "Ready", status: "False" },
  ];
  await client.patchMerge(ref("ociRepository", name, namespace), { status: { conditions } }, { subresource: "status" });
  await clock.advance(7_000);
}

describe("what a tenant is told", () => {
  const mutes = [
    ["its control plane", plane.name, /waiting for the control plane to answer/],
    ["the platform", "platform DELETE", /a cluster that is needed here does not answer; it is tried again by itself/],
  ] as const;
  for (const [what, mute, words] of mutes) {
    it(`names no address and no path while ${what} is mute; the operator reads the cause`, async () => {
      let isMute = false;
      const world = await startInstalled(({ text, send }) =>
        isMute && text.startsWith(mute) ? Promise.reject(new Error(REFUSED)) : send(),
      );
      isMute = true;
      await world.simulation.onboarding.client.delete(OCM);
      await world.clock.advance(60_000);

      const { tenant, operator } = await told(world);
      assert.match(tenant, words);
      assert.doesNotMatch(tenant, /ECONNREFUSED|10\.20\.30\.40|\/apis?\//);
      assert.match(
        operator,
        /"reason":"ReconcileFailed","message":"(?:[^"\\]|\\.)*connect ECONNREFUSED 10\.20\.30\.40:6443/,
      );
      await world.stop();
    });
  }

  it("cannot be written while its cluster takes no status: the operator reads of it", async () => {
    let isRefused = false;
    const world = await startInstalled(({ text, send }) =>
      isRefused && text.includes("/status") ? Promise.reject(new Error("refused for a test")) : send(),
    );
    isRefused = true;
    await failChart(world, "no such chart");

    assert.match((await told(world)).operator, /"reason":"ReconcileFailed","message":"[^"]*refused for a test/);
    await world.stop();
  });

  it("holds no secret that Flux quotes, nor does what the operator is told", async () => {
    const world = await startInstalled();

    for (const message of texts) {
      await failChart(world, message);
      const { tenant, operator } = await told(world);

      assert.match(tenant, /"ChartReady","status":"False","reason":"ChartFetchFailed"/);
      assert.ok(!`${tenant}${operator}`.includes(MARK), message);
    }
    await world.stop();
  });

  it("is written once, wherever a message is cut", async () => {
    const sent: string[] = [];
    const world = await startInstalled(({ text, send }) => {
      sent.push(text);
      return send();
    });
    const { client } = world.simulation.onboarding;

    for (const message of longTexts) {
      await failChart(world, message);
      sent.length = 0;
      for (const look of ["1", "2", "3"]) {
        await client.patchMerge(OCM, { metadata: { annotations: { look } } });
        await world.clock.advance(7_000);
      }

      const writes = sent.filter((text) => text.includes(" PATCH ") && text.includes("/status"));
      assert.match((await told(world)).tenant, /bytes left out/);
      assert.deepEqual(writes, []);
    }
    await world.stop();
  });

  it("holds no secret that a server quotes, nor does what the operator is told", async () => {
    let said = 0;
    let isMute = false;
    const world = await startInstalled(({ text, send }) => {
      said += isMute && text.startsWith(plane.name) ? 1 : 0;
      return isMute && text.startsWith(plane.name) ? Promise.reject(new Error(texts[said % texts.length])) : send();
    });
    isMute = true;
    await world.simulation.onboarding.client.delete(OCM);
    while (said < texts.length) {
      await world.clock.advance(20_000);
      const { tenant, operator } = await told(world);

      assert.ok(!`${tenant}${operator}`.includes(MARK));
    }
    assert.match((await told(world)).operator, /ReconcileFailed/);
    await world.stop();
  });
});
