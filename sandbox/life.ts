import type { Obj } from "../sim/object.ts";
import { refOf } from "../sim/client.ts";
import { describe, isReady } from "./describe.ts";
import { withSpec } from "./examples.ts";
import { expectScene } from "./expectation.ts";
import { keyOf, type Scene, type Sighting } from "./scene.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";
import type { Tenant } from "./tenants.ts";
import { drawObject } from "./tree.ts";

/** What the steps of the tenants' lives need. */
export type Life = {
  readonly stage: Stage;
  readonly scene: Scene;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** What the scene held before the tenants came. */
  readonly before: ReadonlySet<string>;
};

const WITHIN_MS = { embedded: 30_000, real: 180_000 };

/** Creates an OCM like the README's for each tenant, with the first version on offer, and waits until all are Ready. */
export async function createTenants(life: Life): Promise<void> {
  const { stage, scene, screen } = life;
  const { tenants, onboarding } = stage;
  const version = offeredVersion(stage, 0);
  screen.say(`creating ${told(tenants)}, version ${version}`);
  const startedAt = performance.now();
  await Promise.all(tenants.map(({ ocm }) => onboarding.create(withSpec(ocm, { version }))));
  const releases = (): number => scene.list("platform").filter(({ object }) => object.kind === "HelmRelease").length;
  await expectThat(life, `${tenants.length} HelmRelease(s) appear`, () => releases() === tenants.length);
  const releasedMs = performance.now() - startedAt;
  await expectReady(life, version);
  const readyMs = performance.now() - startedAt;
  screen.say(`OCM created → HelmRelease created: ${seconds(releasedMs)} → Ready: ${seconds(readyMs)}`);
}

/** Asks for the second version on offer and waits until that one is Ready, everywhere. */
export async function upgradeTenants(life: Life): Promise<void> {
  const { stage, screen } = life;
  const version = offeredVersion(stage, 1);
  screen.say(`upgrading to version ${version}`);
  const startedAt = performance.now();
  await Promise.all(stage.tenants.map(({ ocm }) => stage.onboarding.patchMerge(refOf(ocm), { spec: { version } })));
  await expectReady(life, version);
  screen.say(`version changed → Ready: ${seconds(performance.now() - startedAt)}`);
}

/** Deletes every OCM and waits until nothing of them is left on any cluster. */
export async function deleteTenants(life: Life): Promise<void> {
  const { stage, scene, screen } = life;
  screen.say(`deleting ${told(stage.tenants)}`);
  const startedAt = performance.now();
  await Promise.all(stage.tenants.map(({ ocm }) => stage.onboarding.delete(refOf(ocm))));
  await expectThat(life, "every OCM is gone", () => scene.find("onboarding", "OCM") === undefined);
  await expectThat(life, "nothing is left of the installation", () => belongings(life).length === 0);
  screen.say(`deleted → all gone: ${seconds(performance.now() - startedAt)}`);
}

function told({ length }: readonly Tenant[]): string {
  return length === 1 ? "the OCM of the README" : `${length} OCMs like that of the README`;
}

async function expectReady(life: Life, version: string): Promise<void> {
  const { stage, scene } = life;
  await expectThat(life, `every OCM is Ready with version ${version}`, () =>
    stage.tenants.every((tenant) => isTenantReady(scene, tenant, version)),
  );
}

function isTenantReady(scene: Scene, { ocm, place }: Tenant, version: string): boolean {
  const seen = scene.find("onboarding", "OCM", ocm.metadata.name);
  const deployment = scene.find(place, "Deployment");
  return (
    seen !== undefined &&
    specOf(seen).version === version &&
    isReady(seen) &&
    deployment !== undefined &&
    describe(deployment).mood === "done"
  );
}

// Everything that came with the tenants: control planes and what the platform made for them are there without them.
function belongings({ scene, before }: Life): readonly string[] {
  const sightings = scene.list();
  const isPlatforms = (sighting: Sighting): boolean => before.has(keyOf(sighting)) || isMadeByPlatform(sighting.object);
  const theirs = sightings.filter(isPlatforms).map(({ object }) => object.metadata.uid);
  // The kubeconfig of the platform's AccessRequest can come later.
  const isOfPlatforms = ({ object }: Sighting): boolean => ownersOf(object).some(({ uid }) => theirs.includes(uid));
  return sightings
    .filter((sighting) => !isPlatforms(sighting) && !isOfPlatforms(sighting))
    .map((sighting) => drawObject(sighting));
}

function isMadeByPlatform({ metadata }: Obj): boolean {
  return metadata.labels?.["openmcp.cloud/managed-by"] === "ManagedControlPlane";
}

function ownersOf({ metadata }: Obj): readonly { readonly uid?: string | undefined }[] {
  return metadata.ownerReferences ?? [];
}

async function expectThat(life: Life, what: string, isMet: () => boolean): Promise<void> {
  const { scene, stage, signal } = life;
  const found = (): string => belongings(life).join("; ") || "nothing";
  await expectScene(scene, { what, isMet, found, withinMs: WITHIN_MS[stage.ground.kind], signal });
}

function offeredVersion({ ground }: Stage, index: number): string {
  const version = ground.charts.versions[index];
  if (version === undefined) {
    throw new Error(`expected at least ${index + 1} chart versions, found ${ground.charts.versions.length}`);
  }
  return version;
}

function specOf(ocm: Obj): { readonly version?: string } {
  return ocm["spec"] as { readonly version?: string };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
