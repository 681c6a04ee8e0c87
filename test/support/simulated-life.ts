import assert from "node:assert/strict";

import { kindOf, ref } from "./kinds.ts";
import { isInstalled, type SimulatedWorld } from "./simulated-world.ts";
import { ocm } from "./world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OURS = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };

/** Plays a tenant's life: ordered, installed, upgraded, deleted. Fails when something is left behind. */
export async function playLife(world: SimulatedWorld): Promise<void> {
  const { clock, simulation } = world;
  const { platform, onboarding } = simulation;
  const [first = "", second = ""] = simulation.charts.versions;
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, first));
  await world.untilOcm(plane, isInstalled(first));
  await onboarding.client.patchMerge(ref("ocm", plane.name, plane.namespace), { spec: { version: second } });
  await world.untilOcm(plane, isInstalled(second));
  await onboarding.client.delete(ref("ocm", plane.name, plane.namespace));
  await world.untilOcm(plane, (object) => object === undefined);

  for (const kind of ["helmRelease", "ociRepository", "accessRequest", "secret"] as const) {
    const left = await platform.client.list(kindOf(kind), OURS);
    assert.deepEqual(
      left.map(({ metadata }) => metadata.name),
      [],
      `${kind}s are left behind`,
    );
  }
  const mcp = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  const deployments = await mcp?.client.list(kindOf("deployment"));
  assert.deepEqual(deployments, [], "the release is left behind");
}
