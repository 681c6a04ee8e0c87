import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { lateNews } from "../support/late-news.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { deploymentsOf, leaveAsGoProvider, plane, untilTakenOver } from "../support/simulated-takeover.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const CONFIG = ref("providerConfig", "ocm");
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE);
const OLD_RELEASE = ref("helmRelease", "helm-release", NAMESPACE);
const RESET_AT = "reconcile.fluxcd.io/resetAt";
const RECONCILE = { metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } } };
const PATIENCE_MS = 60_000;

/** Each has met one of the races that these tests are about. */
const SEEDS = (process.env["SEEDS"] ?? "1,2,11,15").split(",").map(Number);

for (const seed of SEEDS) {
  describe(`news that arrive late (seed ${seed})`, () => {
    it("cost nobody the check that was asked for, whether of a tenant or of all", async () => {
      const world = await SimulatedWorld.start(seed, lateNews(seed));
      const { platform, onboarding } = await startGivenUp(world);
      let token = await givenUpAfter(world, undefined);

      for (const ask of [
        () => onboarding.client.patchMerge(OCM, RECONCILE),
        () => platform.client.patchMerge(CONFIG, RECONCILE),
      ]) {
        await until(world, "the tenant is told", async () => (await reasonOf(world)) === "ReleaseFailed");
        await ask();
        token = await givenUpAfter(world, token);
      }
      await world.stop();
    });

    it("have no release taken over that the operator had suspended before", async () => {
      const world = await SimulatedWorld.start(seed, lateNews(seed));
      const { platform, charts } = world.simulation;
      world.startProvider();
      await leaveAsGoProvider(world, "first-names");
      const suspended = await platform.client.patchMerge(OLD_RELEASE, { spec: { suspend: true } });
      const deployments = await deploymentsOf(world);

      await until(world, "the tenant is told", async () => (await reasonOf(world)) === "ReleaseSuspended");
      const kept = await platform.client.find(OLD_RELEASE);
      assert.equal(kept?.metadata.uid, suspended.metadata.uid, "the suspended release is still there");
      assert.equal(kept?.metadata.deletionTimestamp, undefined);

      await platform.client.patchMerge(OLD_RELEASE, { spec: { suspend: null } });
      await world.untilOcm(plane, isInstalled(charts.versions[0] ?? ""));
      await untilTakenOver(world);
      assert.deepEqual(await deploymentsOf(world), deployments, "the release is upgraded in place");
      await world.stop();
    });
  });
}

/** Starts a tenant whose values no API server accepts, so that each attempt of Flux fails. */
async function startGivenUp(world: SimulatedWorld): Promise<SimulatedWorld["simulation"]> {
  const { platform, onboarding, charts } = world.simulation;
  await platform.client.patchMerge(CONFIG, { spec: { values: { fullnameOverride: "Not_A_Name" } } });
  world.startProvider();
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, charts.versions[0] ?? ""));
  return world.simulation;
}

/** Lets time pass until Flux has given up after the reset with a token other than `old`; returns the new one. */
async function givenUpAfter(world: SimulatedWorld, old: string | undefined): Promise<string> {
  let token = "";
  await until(world, "Flux has given up once more", async () => {
    const release = await world.simulation.platform.client.find<ServiceObj>(RELEASE);
    token = release?.metadata.annotations?.[RESET_AT] ?? "";
    const isHandled = textAt(release, "status", "lastHandledResetAt") === token;
    return conditionOf(release, "Stalled")?.status === "True" && isHandled && token !== old;
  });
  return token;
}

async function reasonOf({ simulation }: SimulatedWorld): Promise<string | undefined> {
  return conditionOf(await simulation.onboarding.client.find<ServiceObj>(OCM), "ReleaseReady")?.reason;
}

async function until({ clock }: SimulatedWorld, what: string, isMet: () => Promise<boolean>): Promise<void> {
  const deadline = clock.now() + PATIENCE_MS;
  while (!(await isMet())) {
    assert.ok(clock.now() < deadline, `expected that ${what}`);
    // Finely, since what is looked for may last no longer than the news of it are late.
    await clock.advance(2);
  }
}
