import type { Obj } from "../sim/object.ts";
import { refOf } from "../sim/client.ts";
import { describe, isReady } from "./describe.ts";
import { withSpec } from "./examples.ts";
import { expectScene } from "./expectation.ts";
import type { Step } from "./play.ts";
import { keyOf, type Scene, type Sighting } from "./scene.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";
import type { Tenant } from "./tenants.ts";
import { drawObject } from "./tree.ts";
import { makeTrouble, type Trouble } from "./trouble.ts";

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

/** Creates the object of each tenant, as it is at first, and waits until all are Ready. */
export async function createTenants(life: Life): Promise<void> {
  const { stage, scene, screen } = life;
  const { tenants, onboarding, play } = stage;
  const [step] = play.steps;
  const { kind } = play.object;
  screen.say(`creating ${told(stage)}, ${step.told}`);
  const startedAt = performance.now();
  await Promise.all(tenants.map(({ object }) => onboarding.create(withSpec(object, step.spec))));
  const { milestone } = play;
  if (milestone !== undefined) {
    const reached = (): number => scene.list("platform").filter(({ object }) => object.kind === milestone).length;
    await expectThat(life, `${tenants.length} ${milestone}(s) appear`, () => reached() === tenants.length);
  }
  const reachedMs = performance.now() - startedAt;
  await expectReady(life, step);
  const readyMs = performance.now() - startedAt;
  const between = milestone === undefined ? "" : ` → ${milestone} created: ${seconds(reachedMs)}`;
  screen.say(`${kind} created${between} → Ready: ${seconds(readyMs)}`);
}

/** Brings trouble over some of the tenants, and says over whom. */
export async function troubleTenants({ stage, screen }: Life): Promise<Trouble> {
  const { ground, platform, onboarding, play } = stage;
  const { apiVersion, kind } = play.object;
  const settings = { apiVersion, kind: "ProviderConfig", name: play.providerName };
  const tenants = stage.tenants.map(({ controlPlane, cluster }) => ({ ...controlPlane, cluster }));
  screen.say("bringing trouble over some of them");
  const trouble = await makeTrouble({ ground, platform, onboarding, kind: { apiVersion, kind }, settings }, tenants);
  for (const { name, trouble: what, reason, tenantNamespace } of trouble.victims) {
    screen.say(`  ${name}: ${what} (${reason}), in ${tenantNamespace}`);
  }
  return trouble;
}

/** Asks for what comes second and waits until that is Ready, everywhere. */
export async function upgradeTenants(life: Life): Promise<void> {
  const { stage, screen } = life;
  const [, step] = stage.play.steps;
  screen.say(step.change);
  const startedAt = performance.now();
  const { spec } = step;
  await Promise.all(stage.tenants.map(({ object }) => stage.onboarding.patchMerge(refOf(object), { spec })));
  await expectReady(life, step);
  const [field] = Object.keys(spec);
  screen.say(`${field} changed → Ready: ${seconds(performance.now() - startedAt)}`);
}

/** Deletes the object of every tenant and waits until nothing of them is left on any cluster. */
export async function deleteTenants(life: Life): Promise<void> {
  const { stage, scene, screen } = life;
  screen.say(`deleting ${told(stage)}`);
  const startedAt = performance.now();
  await Promise.all(stage.tenants.map(({ object }) => stage.onboarding.delete(refOf(object))));
  const { kind } = stage.play.object;
  await expectThat(life, `every ${kind} is gone`, () => scene.find("onboarding", kind) === undefined);
  await expectThat(life, "nothing is left of the installation", () => belongings(life).length === 0);
  screen.say(`deleted → all gone: ${seconds(performance.now() - startedAt)}`);
}

function told({ tenants, play }: Stage): string {
  const { kind } = play.object;
  return tenants.length === 1
    ? `the ${kind} of ${play.origin}`
    : `${tenants.length} ${kind}s like that of ${play.origin}`;
}

async function expectReady(life: Life, step: Step): Promise<void> {
  const { tenants, play } = life.stage;
  const what = `every ${play.object.kind} is Ready with ${step.told}`;
  await expectThat(life, what, () => tenants.every((tenant) => isTenantReady(life, tenant, step)));
}

function isTenantReady({ scene, stage }: Life, { object, place }: Tenant, { spec }: Step): boolean {
  const { kind, metadata } = object;
  const seen = scene.find("onboarding", kind, metadata.name);
  const proof = scene.find(place, stage.play.proof);
  return (
    seen !== undefined &&
    Object.entries(spec).every(([field, value]) => (seen["spec"] as Step["spec"])[field] === value) &&
    isReady(seen) &&
    proof !== undefined &&
    describe(proof).mood === "done"
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

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
