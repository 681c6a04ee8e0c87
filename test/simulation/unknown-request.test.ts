import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { recordedTimings } from "../../sim/flux/timings.ts";
import { trusted } from "../../sim/trusted.ts";
import { valueAt } from "../../sim/value-at.ts";
import { UnreachableError } from "../../src/kube/errors.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { FLUX_ACCESS } from "../../src/ocm/access.ts";
import { mcpAccessRequest } from "../../src/openmcp/platform/tenant-access.ts";
import { kindOf, ref, type KindName } from "../support/kinds.ts";
import { lateWatch } from "../support/late-news.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const CONFIG = ref("providerConfig", "ocm");
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OURS = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };
const LATE_MS = 30_000;

/** Every kind of object that the provider makes for a tenant on the platform: the one whose creation is not answered. */
const MADE = [
  ["Workload", "clusterRequest", "/clusterrequests/ocm."],
  ["Workload", "accessRequest", "/accessrequests/ocm."],
  ["ManagedControlPlane", "accessRequest", "/accessrequests/ocm."],
  ["ManagedControlPlane", "secret", "/secrets/sp-ocm-"],
  ["ManagedControlPlane", "ociRepository", "/ocirepositories/sp-ocm-"],
  ["ManagedControlPlane", "helmRelease", "/helmreleases/sp-ocm-"],
] as const satisfies readonly (readonly [string, KindName, string])[];

describe("an OCM object that is deleted before its provider knows what it has made", () => {
  for (const [targetCluster, lost, path] of MADE) {
    it(`leaves no ${lost} behind whose creation was not answered (target ${targetCluster})`, async () => {
      const { world, isLost } = await start(targetCluster, path);
      const { platform, onboarding } = world.simulation;

      await onboarding.client.create(ocm(plane, "0.4.0"));
      while (!isLost()) {
        await world.clock.advance(5);
      }
      await onboarding.client.delete(OCM);
      await world.untilOcm(plane, (object) => object === undefined);
      await world.clock.advance(2 * LATE_MS);

      for (const kind of ["helmRelease", "ociRepository", "secret", "accessRequest", "clusterRequest"] as const) {
        const left = await platform.client.list(kindOf(kind, NAMESPACE), OURS);
        assert.deepEqual(
          left.map(({ metadata }) => metadata.name),
          [],
          kind,
        );
      }
      await world.stop();
    });
  }

  it("gives back the workload cluster when the target is the control plane by now", async () => {
    const { world, isLost } = await start("Workload", "/clusterrequests/ocm.");
    const { platform, onboarding } = world.simulation;

    await onboarding.client.create(ocm(plane, "0.4.0"));
    while (!isLost()) {
      await world.clock.advance(5);
    }
    await platform.client.patchMerge(CONFIG, { spec: { targetCluster: "ManagedControlPlane" } });
    await onboarding.client.delete(OCM);
    await world.untilOcm(plane, (object) => object === undefined);

    const requests = await platform.client.list(kindOf("clusterRequest", NAMESPACE));
    assert.deepEqual(
      requests.map((request) => valueAt(request, "spec", "purpose")),
      ["mcp"],
    );
    await world.stop();
  });

  it("gives back the access to the control plane of which it learns at the end", async () => {
    let isStray = false;
    const world = await SimulatedWorld.start(4, async ({ text, send }, { simulation }) => {
      if (
        text.startsWith("platform PATCH") &&
        text.endsWith("/clusterrequests/ocm.services.openmcp.cloud--mcp-01--wl")
      ) {
        isStray = true;
        const controller = "ocm.services.openmcp.cloud";
        await simulation.platform.client.create(trusted(mcpAccessRequest({ controller, ...plane }, FLUX_ACCESS)));
      }
      return send();
    });
    const { simulation, clock } = world;
    const { platform, onboarding } = simulation;
    await platform.client.patchMerge(CONFIG, { spec: { targetCluster: "Workload" } });
    world.startProvider();
    await clock.runUntil(simulation.orderControlPlane(plane));
    await onboarding.client.create(ocm(plane, "0.4.0"));
    await world.untilOcm(plane, isInstalled("0.4.0"));

    await onboarding.client.delete(OCM);
    await world.untilOcm(plane, (object) => object === undefined);

    assert.ok(isStray);
    assert.deepEqual(await platform.client.list(kindOf("accessRequest", NAMESPACE), OURS), []);
    await world.stop();
  });
});

/** A world with a control plane, in which no write to `path` is answered and the watch of its kind is late. */
async function start(
  targetCluster: string,
  path: string,
): Promise<{ readonly world: SimulatedWorld; readonly isLost: () => boolean }> {
  let isLost = false;
  const kind = path.slice(0, path.indexOf("/", 1));
  const world = await SimulatedWorld.start(
    4,
    async ({ text, send }, { clock }) => {
      const response = await send();
      if (text.startsWith("platform PATCH") && text.includes("/mcp--") && text.includes(path)) {
        isLost = true;
        throw new UnreachableError("the answer was lost");
      }
      const isWatch = text.startsWith("platform") && text.includes(kind) && text.includes("watch=");
      return isWatch ? lateWatch(response, () => clock.sleep(LATE_MS)) : response;
    },
    { fluxTimings: recordedTimings },
  );
  const { simulation, clock } = world;
  await simulation.platform.client.patchMerge(CONFIG, { spec: { targetCluster } });
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  await clock.advance(3 * LATE_MS);
  return { world, isLost: () => isLost };
}
