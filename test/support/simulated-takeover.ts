import assert from "node:assert/strict";

import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { goAccessRef, goObjects, goOcm, writeAsGo, type GoNames } from "./go-provider.ts";
import { inTenantNamespace } from "./installation.ts";
import { kindOf, ref } from "./kinds.ts";
import { conditionOf, type ServiceObj } from "./ocm-status.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** The control plane that the Go provider has installed the toolkit on. */
export const plane = { name: "mcp-01", namespace: "project-x--ws-y" };

const namespace = tenantNamespace(plane.name, plane.namespace);
const PATIENCE_MS = 10 * 60_000;
const STEP_MS = 50;

/**
 * Plays the Go provider up to the point where its release is installed; the tenant asks for the same version as before.
 *
 * Returns what the platform has made in the tenant's namespace, which is all that may be there at the end.
 */
export async function leaveAsGoProvider(
  world: Pick<SimulatedWorld, "clock" | "simulation">,
  names: GoNames,
): Promise<readonly string[]> {
  const { clock, simulation } = world;
  const { client } = simulation.platform;
  await clock.runUntil(simulation.orderControlPlane(plane));
  await clock.advance(5_000);
  const fromThePlatform = await inTenantNamespace({ plane, platform: client });
  const tenant = { ...plane, charts: simulation.charts };
  const go = await goObjects(names, tenant);
  await writeAsGo(client, go.own);
  await writeAsGo(client, go.requests);
  const accessSecret = async (): Promise<string> =>
    textAt(await client.find(goAccessRef(plane, names)), "status", "secretRef", "name");
  await until(world, async () => (await accessSecret()) !== "");
  const installation = go.installation(await accessSecret());
  await writeAsGo(client, installation);
  await until(world, async () => {
    const releases = await client.list<ServiceObj>(kindOf("helmRelease", namespace));
    return releases.length > 0 && releases.every((release) => conditionOf(release, "Ready")?.status === "True");
  });
  await simulation.onboarding.client.create(goOcm(names, tenant));
  return fromThePlatform;
}

/** Waits until nothing is left of the Go provider's first names. */
export async function untilTakenOver(world: SimulatedWorld): Promise<void> {
  const { client } = world.simulation.platform;
  const goNames = [
    ref("clusterRequest", "ocm.services.openmcp.cloud--mcp-01--wl", namespace),
    ref("ociRepository", "oci-repository", namespace),
    ref("helmRelease", "helm-release", namespace),
  ];
  await until(world, async () => {
    const found = await Promise.all(goNames.map((object) => client.find(object)));
    return found.every((object) => object === undefined);
  });
}

/** Uids of the Deployments on the control plane. */
export async function deploymentsOf({ simulation }: SimulatedWorld): Promise<readonly unknown[]> {
  const mcp = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  const deployments = (await mcp?.client.list(kindOf("deployment"))) ?? [];
  return deployments.map(({ metadata }) => metadata.uid);
}

/** Lets time pass until something holds. */
export async function until(
  { clock }: Pick<SimulatedWorld, "clock">,
  isMet: () => Promise<boolean>,
  what = "something",
): Promise<void> {
  const deadline = clock.now() + PATIENCE_MS;
  while (!(await isMet())) {
    assert.ok(clock.now() < deadline, `expected ${what} to have happened by now`);
    await clock.advance(STEP_MS);
  }
}
