import assert from "node:assert/strict";

import type { SimCluster } from "../../ground/embedded/sim-cluster.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { type ForeignObject, plantForeign } from "./foreign-objects.ts";
import { GROUPS, type Leftover, settingsFor } from "./group-matrix.ts";
import { ask, type Stage, untilServed } from "./hand-over.ts";
import { type Installation, installationOf, inTenantNamespace } from "./installation.ts";
import { registerGroups } from "./service-kinds.ts";
import { leaveAsGoProvider, plane, until } from "./simulated-takeover.ts";
import { type Intercept, ocmCast, SimulatedWorld } from "./simulated-world.ts";
import { pullSecret } from "./world.ts";

const SETTLED_AFTER_MS = 5_000;
/** Where the tenant's objects lie on the platform cluster. */
export const NAMESPACE: string = tenantNamespace(plane.name, plane.namespace);

/** Does something at the n-th write of the provider, counted from when the objects of the tenant begin to change. */
export class AtWrite {
  isArmed = false;
  writes = 0;
  readonly #number: number;
  readonly #act: Intercept;

  constructor(number: number, act: Intercept) {
    this.#number = number;
    this.#act = act;
  }

  readonly intercept: Intercept = (request, world) => {
    if (!this.isArmed || / GET /u.test(request.text)) {
      return request.send();
    }
    this.writes += 1;
    return this.writes === this.#number ? this.#act(request, world) : request.send();
  };
}

/** A row of the matrix on its way. */
export type Play = {
  readonly world: SimulatedWorld;
  readonly stage: Stage;
  readonly mcp: SimCluster;
  readonly installation: Installation;
  readonly foreign: readonly ForeignObject[];
  /** Moments in which a release had no access to its target. */
  readonly cutOff: string[];
};

/** Brings a tenant to where its objects change: installed by a predecessor, among objects of others. */
export async function begin(leftover: Leftover, at: AtWrite): Promise<Play> {
  const configure: (typeof ocmCast)["configure"] = async ({ platform, charts }) => {
    await registerGroups(platform.client, GROUPS);
    await platform.client.create(pullSecret(charts.dockerConfigJson));
    for (const settings of await settingsFor(leftover, charts)) {
      await platform.client.create(settings);
    }
  };
  const world = await SimulatedWorld.start(1, at.intercept, { cast: { ...ocmCast, configure } });
  const { simulation, clock } = world;
  const platform = simulation.platform.client;
  if (leftover.go === undefined) {
    await clock.runUntil(simulation.orderControlPlane(plane));
    await clock.advance(SETTLED_AFTER_MS);
  }
  const fromThePlatform =
    leftover.go === undefined
      ? await inTenantNamespace({ plane, platform })
      : await leaveAsGoProvider(world, leftover.go);
  const mcp = simulation.clusters.get(NAMESPACE) ?? assert.fail("expected a control plane");
  const sites = { plane, platform, onboarding: simulation.onboarding.client, target: mcp.client };
  const made = await inTenantNamespace(sites);
  const foreign = await plantForeign(sites);
  await clock.advance(SETTLED_AFTER_MS);
  const planted = (await inTenantNamespace(sites)).filter((name) => !made.includes(name));
  const stage: Stage = {
    sites,
    charts: simulation.charts,
    before: [...fromThePlatform, ...planted],
    until: (what, holds) => until(world, holds, what),
  };
  world.startProvider();
  if (leftover.go === undefined) {
    await ask(stage, leftover.groups);
    await untilServed(stage, leftover.groups);
  }
  const installation = await installationOf(sites);
  assert.deepEqual([installation.releases.length, installation.deployments.length], [1, 1]);
  at.isArmed = true;
  return { world, stage, mcp, installation, foreign, cutOff: watchAccess(simulation.platform) };
}

/** Takes down whenever a HelmRelease that is to stay has a kubeconfig that is gone, or about to go. */
function watchAccess({ api }: SimCluster): string[] {
  const cutOff: string[] = [];
  api.onChange(({ collection, change: { type, object } }) => {
    const releases = api.objects("helmreleases.helm.toolkit.fluxcd.io").filter(isStaying);
    const requests = api.objects("accessrequests.clusters.openmcp.cloud").filter(isStaying);
    for (const release of releases.filter(({ metadata }) => metadata.name !== "foreign")) {
      const secretName = textAt(release, "spec", "kubeConfig", "secretRef", "name");
      const isReached = requests.some((request) => textAt(request, "status", "secretRef", "name") === secretName);
      if (!isReached || api.peek("secrets", `${NAMESPACE}/${secretName}`) === undefined) {
        cutOff.push(`${release.metadata.name} after ${type} of ${collection} ${object.metadata.name}`);
      }
    }
  });
  return cutOff;
}

function isStaying({ metadata }: Obj): boolean {
  return metadata.deletionTimestamp === undefined;
}
