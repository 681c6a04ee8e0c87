import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { textAt } from "../../sim/value-at.ts";
import { UnreachableError } from "../../src/kube/errors.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { SimulatedWorld, isInstalled } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const CONFIG = ref("providerConfig", "ocm");
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", tenantNamespace(plane.name, plane.namespace));
const RECONCILE = { metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } } };
const SETTLED_MS = 10_000;

describe("a check that was asked for", () => {
  for (const [of, object, path] of [
    ["a tenant", OCM, "/ocms/mcp-01"],
    ["all tenants", CONFIG, "/providerconfigs/ocm"],
  ] as const) {
    it(`of ${of} is made although the answer to taking the annotation away is lost`, async () => {
      let isLost = false;
      const world = await SimulatedWorld.start(1, async ({ text, send }, { simulation }) => {
        const response = await send();
        const { onboarding, platform } = simulation;
        const { client } = object === OCM ? onboarding : platform;
        const isAsked = !isLost && text.includes(" PATCH ") && text.includes(path) && !text.includes("/status");
        if (isAsked && textAt(await client.find(object), "metadata", "annotations", "test") === "asked") {
          isLost = true;
          throw new UnreachableError("the answer was lost");
        }
        return response;
      });
      const { platform, onboarding } = await installGivenUp(world);
      const before = await tokenOf(world);

      const { client } = object === OCM ? onboarding : platform;
      const { annotations } = RECONCILE.metadata;
      await client.patchMerge(object, { metadata: { annotations: { ...annotations, test: "asked" } } });
      await world.clock.advance(SETTLED_MS);

      assert.ok(isLost, "an answer was lost");
      assert.notEqual(await tokenOf(world), before, "Flux was asked once more");
      await world.stop();
    });
  }
});

/** A tenant whose release Flux has given up, with everything settled. */
async function installGivenUp(world: SimulatedWorld): Promise<SimulatedWorld["simulation"]> {
  const { simulation, clock } = world;
  const { platform, onboarding, charts } = simulation;
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, charts.versions[0] ?? ""));
  await world.untilOcm(plane, isInstalled(charts.versions[0] ?? ""));
  await platform.client.patchMerge(CONFIG, { spec: { values: { fullnameOverride: "Not_A_Name" } } });
  await clock.advance(SETTLED_MS);
  return simulation;
}

async function tokenOf({ simulation }: SimulatedWorld): Promise<string> {
  const release = await simulation.platform.client.find(RELEASE);
  return textAt(release, "metadata", "annotations", "reconcile.fluxcd.io/resetAt");
}
