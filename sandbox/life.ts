import type { Obj } from "../sim/object.ts";
import { refOf } from "../sim/client.ts";
import { describe, isReady } from "./describe.ts";
import { type Examples, withSpec } from "./examples.ts";
import { expectScene } from "./expectation.ts";
import { keyOf, type Scene, type Sighting } from "./scene.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";
import { drawObject } from "./tree.ts";

/** What the steps of a tenant's life need. */
export type Life = {
  readonly stage: Stage;
  readonly scene: Scene;
  readonly examples: Examples;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** What the scene held before the tenant came. */
  readonly before: ReadonlySet<string>;
};

const WITHIN_MS = { embedded: 30_000, real: 180_000 };

/** Creates the README's OCM with the first version on offer and waits until it is Ready. */
export async function createTenant(life: Life): Promise<void> {
  const { stage, scene, screen, examples } = life;
  const version = offeredVersion(stage, 0);
  screen.say(`creating the OCM of the README, version ${version}`);
  const startedAt = performance.now();
  await stage.onboarding.create(withSpec(examples.ocm, { version }));
  await expectThat(life, "a HelmRelease appears", () => scene.find("platform", "HelmRelease") !== undefined);
  const releasedMs = performance.now() - startedAt;
  await expectThat(life, `the OCM is Ready with version ${version}`, () => isTenantReady(scene, version));
  const readyMs = performance.now() - startedAt;
  screen.say(`OCM created → HelmRelease created: ${seconds(releasedMs)} → Ready: ${seconds(readyMs)}`);
}

/** Asks for the second version on offer and waits until that one is Ready. */
export async function upgradeTenant(life: Life): Promise<void> {
  const { stage, scene, screen, examples } = life;
  const version = offeredVersion(stage, 1);
  screen.say(`upgrading to version ${version}`);
  const startedAt = performance.now();
  await stage.onboarding.patchMerge(refOf(examples.ocm), { spec: { version } });
  await expectThat(life, `the OCM is Ready with version ${version}`, () => isTenantReady(scene, version));
  screen.say(`version changed → Ready: ${seconds(performance.now() - startedAt)}`);
}

/** Deletes the OCM and waits until nothing of it is left on any cluster. */
export async function deleteTenant(life: Life): Promise<void> {
  const { stage, scene, screen, examples } = life;
  screen.say("deleting the OCM");
  const startedAt = performance.now();
  await stage.onboarding.delete(refOf(examples.ocm));
  await expectThat(life, "the OCM is gone", () => scene.find("onboarding", "OCM") === undefined);
  await expectThat(life, "nothing is left of the installation", () => belongings(life).length === 0);
  screen.say(`deleted → all gone: ${seconds(performance.now() - startedAt)}`);
}

function isTenantReady(scene: Scene, version: string): boolean {
  const ocm = scene.find("onboarding", "OCM");
  const deployment = scene.find("control plane", "Deployment");
  return (
    ocm !== undefined &&
    specOf(ocm).version === version &&
    isReady(ocm) &&
    deployment !== undefined &&
    describe(deployment).mood === "done"
  );
}

// Everything that came with the tenant: the control plane and what the platform made for it were there before.
function belongings({ scene, before }: Life): readonly string[] {
  const sightings = scene.list();
  const old = sightings.filter((sighting) => before.has(keyOf(sighting))).map(({ object }) => object.metadata.uid);
  // The kubeconfig of an AccessRequest that was there before can come later.
  const isOfOld = ({ object }: Sighting): boolean => ownersOf(object).some(({ uid }) => old.includes(uid));
  return sightings
    .filter((sighting) => !before.has(keyOf(sighting)) && !isOfOld(sighting))
    .map((sighting) => drawObject(sighting));
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
