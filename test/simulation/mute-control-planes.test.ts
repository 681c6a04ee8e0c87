import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ControlPlaneRef } from "../../ground/ground.ts";
import { createCertificate } from "../../sim/certificate.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { type Intercept, isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, POD_NAMESPACE } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";
const MUTE = 100;
const POLL_MS = 60_000;
const STEP_MS = 10;
const FLUX_MS = 3_000;
/** More than a provider ever works on at the same time. */
const SOME = 70;
const { caPem } = await createCertificate();

/** A world in which every toolkit needs a Secret on its control plane, and planes called `mute-<n>` can fall silent. */
type MuteWorld = SimulatedWorld & {
  /** What silent planes were asked. */
  readonly asked: string[];
  /** How many requests of them wait for an answer, each with a connection of its own, and the most that ever have. */
  readonly open: { now: number; most: number };
  mute(isMute: boolean): void;
};

type Answer = ReturnType<Parameters<Intercept>[0]["send"]>;

/** What a proxy says while the API server behind it is gone. */
function unserved(): Answer {
  return Promise.resolve({ status: 503, headers: {}, body: apology() });
}

async function* apology(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("<html>503 Service Unavailable</html>");
}

async function startWorld(answer: () => Answer = never): Promise<MuteWorld> {
  const asked: string[] = [];
  const open = { now: 0, most: 0 };
  let isMute = false;
  const world = await SimulatedWorld.start(4, ({ text, send, signal }) => {
    if (!isMute || !text.startsWith("mute-")) {
      return send();
    }
    asked.push(text);
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    signal.addEventListener("abort", () => (open.now -= 1), { once: true });
    return answer();
  });
  const { client } = world.simulation.platform;
  await client.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "authorities", namespace: POD_NAMESPACE },
    data: { "ca.crt": caPem },
  });
  const caBundleRef = { kind: "ConfigMap", name: "authorities" };
  await client.patchMerge(ref("providerConfig", "ocm"), { spec: { caBundleRef } });
  world.startProvider();
  return Object.assign(world, { asked, open, mute: (value: boolean) => void (isMute = value) });
}

function planeOf(name: string): ControlPlaneRef {
  return { name, namespace: NAMESPACE };
}

/** Orders control planes, creates their OCM objects, and says how many ms it took until all were Ready. */
async function install(world: SimulatedWorld, ...names: readonly string[]): Promise<number> {
  const { simulation, clock } = world;
  const [version = ""] = simulation.charts.versions;
  const planes = names.map((name) => planeOf(name));
  for (const plane of planes) {
    await clock.runUntil(simulation.orderControlPlane(plane));
  }
  const startedAt = clock.now();
  await Promise.all(planes.map((plane) => simulation.onboarding.client.create(ocm(plane, version))));
  for (const plane of planes) {
    await world.untilOcm(plane, isInstalled(version));
  }
  return clock.now() - startedAt;
}

/** Deletes the OCM objects of control planes, and says how many ms it took until all were gone. */
async function remove(world: SimulatedWorld, ...names: readonly string[]): Promise<number> {
  const startedAt = world.clock.now();
  const { client } = world.simulation.onboarding;
  await Promise.all(names.map((name) => client.delete(ref("ocm", name, NAMESPACE))));
  for (const name of names) {
    await world.untilOcm(planeOf(name), (found) => found === undefined);
  }
  return world.clock.now() - startedAt;
}

function releaseOf(name: string): ObjRef {
  return ref("helmRelease", "sp-ocm-k8s-toolkit", tenantNamespace(name, NAMESPACE));
}

/** Lets time pass until so many silent control planes are being asked at the same time. */
async function untilAll({ open, clock }: MuteWorld, count: number): Promise<void> {
  for (const deadline = clock.now() + 3 * POLL_MS; open.now < count; await clock.advance(STEP_MS)) {
    assert.ok(clock.now() < deadline, `only ${open.now} of ${count} are asked at the same time`);
  }
}

/** Edits the release of a tenant, and says how many ms it took until that was undone. */
async function repair({ simulation, clock }: SimulatedWorld, name: string): Promise<number> {
  const { client } = simulation.platform;
  const startedAt = clock.now();
  const isEdited = async (): Promise<boolean> =>
    textAt(await client.get(releaseOf(name)), "spec", "targetNamespace") === "elsewhere";
  await client.patchMerge(releaseOf(name), { spec: { targetNamespace: "elsewhere" } });
  while (await isEdited()) {
    await clock.advance(STEP_MS);
  }
  const repairedMs = clock.now() - startedAt;
  // Flux has something to do as well.
  await clock.advance(FLUX_MS);
  return repairedMs;
}

async function find(world: SimulatedWorld, name: string): Promise<ServiceObj | undefined> {
  return world.simulation.onboarding.client.find<ServiceObj>(ref("ocm", name, NAMESPACE));
}

/** Changes the OCM object of a control plane in a way that makes the provider look at it. */
async function touch(world: SimulatedWorld, name: string, annotations: Record<string, string>): Promise<void> {
  await world.simulation.onboarding.client.patchMerge(ref("ocm", name, NAMESPACE), { metadata: { annotations } });
  await world.clock.advance(1_000);
}

/** Rewrites the kubeconfig Secret of a tenant with other words. */
async function rewriteKubeconfig({ simulation }: SimulatedWorld, name: string): Promise<void> {
  const { client } = simulation.platform;
  const secret = ref("secret", `ocm.services.openmcp.cloud--${name}--mcp.kubeconfig`, tenantNamespace(name, NAMESPACE));
  const { data } = await client.get<Obj & { readonly data: { readonly kubeconfig: string } }>(secret);
  const kubeconfig = Buffer.from(`${Buffer.from(data.kubeconfig, "base64").toString()}\n`).toString("base64");
  await client.patchMerge(secret, { data: { kubeconfig } });
}

describe("control planes that take requests and never answer", () => {
  it("make no other tenant wait, from the first moment on", async () => {
    const world = await startWorld();
    const undisturbedMs = await install(world, "first");
    await install(world, ...Array.from({ length: MUTE }, (_, number) => `mute-${number}`));
    await world.clock.advance(POLL_MS);

    world.mute(true);
    const delays: number[] = [];
    for (let number = 0; number < 5; number += 1) {
      await world.clock.advance(POLL_MS / 3);
      delays.push(await install(world, `newcomer-${number}`));
    }

    assert.ok(
      delays.every((delay) => delay <= 1.5 * undisturbedMs),
      `expected each within 1.5 × ${undisturbedMs} ms, found ${delays.join(", ")} ms`,
    );
    assert.notEqual(world.asked.length, 0);
    await world.stop();
  });

  it("make nobody wait whose objects are repaired or removed, while they are at rest and while they are removed", async () => {
    const world = await startWorld();
    const mute = Array.from({ length: SOME }, (_, number) => `mute-${number}`);
    await install(world, "first", "second", "third", "fourth", ...mute);
    const [undisturbed, undisturbedRemoval] = [await repair(world, "second"), await remove(world, "first")];
    world.mute(true);
    // All have been asked, in vain, and are known for that.
    await world.clock.advance(2 * POLL_MS);
    world.open.most = 0;

    await untilAll(world, mute.length);
    const repairs = [await repair(world, "second")];
    await untilAll(world, mute.length);
    const removals = [await remove(world, "second")];
    const { client } = world.simulation.onboarding;
    await Promise.all(mute.map((name) => client.delete(ref("ocm", name, NAMESPACE))));
    removals.push(await remove(world, "third"));
    await untilAll(world, mute.length);
    repairs.push(await repair(world, "fourth"));
    await untilAll(world, mute.length);
    removals.push(await remove(world, "fourth"));
    await world.clock.advance(2 * POLL_MS);

    assert.ok(Math.max(...repairs) <= 1.5 * undisturbed, `${repairs.join(", ")} ms instead of ${undisturbed}`);
    const delays = `${removals.join(", ")} ms instead of ${undisturbedRemoval}`;
    assert.ok(Math.max(...removals) <= 1.5 * undisturbedRemoval, delays);
    assert.notEqual(world.open.most, 0);
    assert.ok(
      world.open.most <= mute.length,
      `${world.open.most} connections at once to ${mute.length} control planes`,
    );
    for (const name of mute) {
      const removed = conditionOf(await find(world, name), "Removed");
      assert.equal(removed?.reason, "ClusterUnreachable");
      assert.equal(removed.message, "waiting for the control plane to answer: the provider cannot see what is on it");
      const release = await world.simulation.platform.client.get(releaseOf(name));
      assert.equal(release.metadata.deletionTimestamp, undefined, "nothing is taken away that nobody could look at");
    }

    world.mute(false);
    for (const name of mute) {
      await world.untilOcm(planeOf(name), (found) => found === undefined);
    }
    assert.equal(world.open.now, 0);
    await world.stop();
  });
});

describe("a control plane that takes requests and never answers", () => {
  it("is asked once in each poll interval, however often its tenant is looked at", async () => {
    const world = await startWorld();
    await install(world, "mute-1");
    world.mute(true);
    await world.clock.advance(POLL_MS + 30_000);
    world.asked.length = 0;

    for (let number = 0; number < 50; number += 1) {
      await touch(world, "mute-1", { touched: String(number) });
    }

    // One visit, of which a read that got no answer is repeated.
    assert.ok(world.asked.length <= 3, world.asked.join("\n"));
    assert.ok(isInstalled("0.4.0")(await find(world, "mute-1")));
    await world.stop();
  });

  for (const [what, change] of [
    ["its kubeconfig is another one", rewriteKubeconfig],
    ["the operator asks for a check", (world: SimulatedWorld) => touch(world, "mute-1", reconcile)],
  ] as const) {
    it(`is asked again at once when ${what}`, async () => {
      const world = await startWorld();
      await install(world, "mute-1");
      world.mute(true);
      await world.clock.advance(POLL_MS + 30_000);
      world.asked.length = 0;

      await touch(world, "mute-1", { touched: "before" });
      const before = world.asked.length;
      await change(world, "mute-1");
      await touch(world, "mute-1", { touched: "after" });

      assert.equal(before, 0);
      assert.notEqual(world.asked.length, 0);
      await world.stop();
    });
  }

  it("is the same as one before which a proxy says that nobody is there", async () => {
    const world = await startWorld(unserved);
    await install(world, "mute-1", "mute-2");
    world.mute(true);

    await world.simulation.onboarding.client.delete(ref("ocm", "mute-1", NAMESPACE));
    await world.untilOcm(planeOf("mute-1"), (found) => conditionOf(found, "Removed")?.reason === "ClusterUnreachable");
    await world.clock.advance(10 * POLL_MS);

    assert.ok(isInstalled("0.4.0")(await find(world, "mute-2")));
    world.mute(false);
    await world.untilOcm(planeOf("mute-1"), (found) => found === undefined);
    await world.stop();
  });

  it("blocks a deletion with a reason, and is taken for empty at no moment", async () => {
    const world = await startWorld();
    const { simulation, clock } = world;
    await install(world, "mute-1");
    const mcp = [...simulation.clusters.values()].find(({ name }) => name === "mute-1");
    const release = releaseOf("mute-1");
    const userObject = ref("repository", "theirs", "default");
    await mcp?.client.create(repository);

    world.mute(true);
    await simulation.onboarding.client.delete(ref("ocm", "mute-1", NAMESPACE));
    await world.untilOcm(planeOf("mute-1"), (found) => conditionOf(found, "Removed")?.reason === "ClusterUnreachable");
    await clock.advance(10 * POLL_MS);
    const blocked = await find(world, "mute-1");
    assert.equal(conditionOf(blocked, "Removed")?.reason, "ClusterUnreachable");
    assert.equal((await simulation.platform.client.get(release)).metadata.deletionTimestamp, undefined);

    world.mute(false);
    await world.untilOcm(planeOf("mute-1"), (found) => conditionOf(found, "Removed")?.reason === "UserObjectsExist");
    await mcp?.client.delete(userObject);
    await world.untilOcm(planeOf("mute-1"), (found) => found === undefined);
    await world.stop();
  });

  it("tells its newcomer what is waited for, and nothing of the platform", async () => {
    const world = await startWorld();
    world.mute(true);
    await world.clock.runUntil(world.simulation.orderControlPlane(planeOf("mute-1")));
    await world.simulation.onboarding.client.create(ocm(planeOf("mute-1"), "0.4.0"));
    await world.untilOcm(planeOf("mute-1"), (found) => {
      return conditionOf(found, "ReleaseReady")?.reason === "ClusterUnreachable";
    });

    const ready = conditionOf(await find(world, "mute-1"), "Ready");
    assert.equal(ready?.message, "waiting for the control plane to answer: the provider cannot see what is on it");

    world.mute(false);
    await world.untilOcm(planeOf("mute-1"), isInstalled("0.4.0"));
    await world.stop();
  });
});

const reconcile = { "openmcp.cloud/operation": "reconcile" };
const repository = {
  apiVersion: "delivery.ocm.software/v1alpha1",
  kind: "Repository",
  metadata: { name: "theirs", namespace: "default" },
  spec: {},
};
