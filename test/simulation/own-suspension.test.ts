import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Simulation } from "../../ground/embedded/simulation.ts";
import { recordedTimings } from "../../sim/flux/timings.ts";
import { valueAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const CLUSTER = ref("clusterRequest", plane.name, NAMESPACE);
const RECORD = ref("secret", "sh.helm.release.v1.ocm-k8s-toolkit.v1", "ocm-k8s-toolkit-system");
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE);

describe("a release that the provider has suspended, as its control plane was gone", () => {
  it("is removed when the control plane is ordered again in between", async () => {
    const world = await suspended();

    await orderAgain(world);

    await world.untilOcm(plane, (object) => object === undefined);
    assert.equal(await controlPlane(world).client.find(RECORD), undefined);
    await world.stop();
  });

  it("stays suspended when the operator has suspended it since", async () => {
    const world = await suspended();
    const { platform } = world.simulation;
    await platform.client.patchMerge(RELEASE, { spec: { suspend: false } });
    await platform.client.patchMerge(RELEASE, { spec: { suspend: true } });

    await orderAgain(world);

    await world.untilOcm(plane, (object) => conditionOf(object, "Removed")?.reason === "ReleaseSuspended");
    const kept = await platform.client.get(RELEASE);
    assert.deepEqual([valueAt(kept, "spec", "suspend"), kept.metadata.deletionTimestamp], [true, undefined]);
    await platform.client.patchMerge(RELEASE, { spec: { suspend: null } });
    await world.untilOcm(plane, (object) => object === undefined);
    await world.stop();
  });

  it("is uninstalled when Flux has let go of it before the control plane is there again", async () => {
    const world = await suspended("DELETE");
    assert.notEqual(await controlPlane(world).client.find(RECORD), undefined);

    await orderAgain(world);

    await world.untilOcm(plane, (object) => object === undefined);
    assert.equal(await controlPlane(world).client.find(RECORD), undefined);
    await world.stop();
  });

  it("is taken up by the next OCM object when somebody takes the finalizer of this one away", async () => {
    const world = await suspended();
    const { client } = world.simulation.onboarding;
    await client.patchMerge(OCM, { metadata: { finalizers: null } });
    await client.create(ocm(plane, "0.5.0"));

    await orderAgain(world);

    await world.untilOcm(plane, isInstalled("0.5.0"));
    await world.stop();
  });
});

/** A world whose provider was killed right after it had suspended, or deleted, the release of a control plane that is gone. */
async function suspended(lastWrite: "PATCH" | "DELETE" = "PATCH"): Promise<SimulatedWorld> {
  const killed = Promise.withResolvers<void>();
  let isGone = false;
  const world = await SimulatedWorld.start(
    1,
    async ({ text, send }, provider) => {
      const response = await send();
      if (isGone && text.startsWith(`platform ${lastWrite}`) && text.includes("/helmreleases/")) {
        isGone = false;
        killed.resolve();
        provider.crash();
        return never();
      }
      return response;
    },
    { fluxTimings: recordedTimings },
  );
  const { simulation, clock } = world;
  const { platform, onboarding } = simulation;
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, "0.4.0"));
  await world.untilOcm(plane, isInstalled("0.4.0"));
  isGone = true;
  await platform.client.delete(CLUSTER);
  await onboarding.client.delete(OCM);
  await clock.runUntil(killed.promise);
  const release = await platform.client.find(RELEASE);
  assert.ok(lastWrite === "DELETE" || valueAt(release, "spec", "suspend") === true);
  return world;
}

/** The cluster of the control plane; it outlives its ClusterRequest. */
function controlPlane({ simulation }: SimulatedWorld): Simulation["platform"] {
  const cluster = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  assert.ok(cluster);
  return cluster;
}

async function orderAgain(world: SimulatedWorld): Promise<void> {
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  world.startProvider();
}
