import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const CONFIG = ref("providerConfig", "ocm");
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const A_WHILE_MS = 5 * 60_000;

for (const targetCluster of ["ManagedControlPlane", "Workload"]) {
  describe(`an OCM object without a control plane (target ${targetCluster})`, () => {
    it("says so, and nothing is created for it on the platform", async () => {
      const { world, applied } = await start(targetCluster);
      const { onboarding, platform } = world.simulation;

      await onboarding.client.create(ocm(plane, "0.4.0"));
      await world.untilOcm(plane, (object) => conditionOf(object, "AccessReady")?.reason === "ControlPlaneNotFound");
      await world.clock.advance(A_WHILE_MS);
      await onboarding.client.delete(OCM);
      await world.untilOcm(plane, (object) => object === undefined);

      assert.deepEqual(applied, []);
      assert.equal(await platform.client.find(ref("namespace", NAMESPACE)), undefined);
      await world.stop();
    });

    it("is installed as soon as the control plane is ordered", async () => {
      const { world } = await start(targetCluster);
      const { simulation, clock } = world;

      await simulation.onboarding.client.create(ocm(plane, "0.4.0"));
      await world.untilOcm(plane, (object) => conditionOf(object, "AccessReady")?.reason === "ControlPlaneNotFound");
      await clock.runUntil(simulation.orderControlPlane(plane));

      await world.untilOcm(plane, isInstalled("0.4.0"));
      await world.stop();
    });
  });
}

for (const targetCluster of ["ManagedControlPlane", "Workload"]) {
  describe(`an OCM object whose control plane goes without a word (target ${targetCluster})`, () => {
    it("says so, and what others take away stays away", async () => {
      const { world, applied } = await installed(targetCluster);
      const { platform } = world.simulation;

      await platform.client.delete(ref("clusterRequest", plane.name, NAMESPACE));
      await world.untilOcm(plane, (object) => conditionOf(object, "AccessReady")?.reason === "ControlPlaneNotFound");
      await platform.client.delete(ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE));
      await platform.client.delete(ref("namespace", NAMESPACE));
      await world.clock.advance(A_WHILE_MS);

      assert.equal(await platform.client.find(ref("namespace", NAMESPACE)), undefined);
      assert.deepEqual(applied, []);
      await world.stop();
    });

    it("has nothing created for it from the moment on at which its control plane is to go", async () => {
      const { world, applied } = await installed(targetCluster);
      const { platform } = world.simulation;
      const request = ref("clusterRequest", plane.name, NAMESPACE);
      await platform.client.patchMerge(request, { metadata: { finalizers: ["example.com/hold"] } });

      await platform.client.delete(request);
      await world.untilOcm(plane, (object) => conditionOf(object, "AccessReady")?.reason === "ControlPlaneNotFound");
      await platform.client.delete(ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE));
      await world.clock.advance(A_WHILE_MS);

      assert.deepEqual(applied, []);
      await world.stop();
    });
  });
}

async function installed(targetCluster: string): ReturnType<typeof start> {
  const { world, applied } = await start(targetCluster);
  const { simulation, clock } = world;
  await clock.runUntil(simulation.orderControlPlane(plane));
  await simulation.onboarding.client.create(ocm(plane, "0.4.0"));
  await world.untilOcm(plane, isInstalled("0.4.0"));
  applied.length = 0;
  return { world, applied };
}

/** A world without control planes, and what the provider creates or applies for tenants on the platform. */
async function start(targetCluster: string): Promise<{ readonly world: SimulatedWorld; readonly applied: string[] }> {
  const applied: string[] = [];
  const world = await SimulatedWorld.start(1, ({ text, send }) => {
    if (/^platform (?:POST .*\/namespaces$|PATCH .*\/mcp--.*fieldManager=)/u.test(text)) {
      applied.push(text);
    }
    return send();
  });
  const { simulation, clock } = world;
  await simulation.platform.client.patchMerge(CONFIG, { spec: { targetCluster } });
  await simulation.onboarding.client.create({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: plane.namespace },
  });
  world.startProvider();
  await clock.advance(1_000);
  return { world, applied };
}
