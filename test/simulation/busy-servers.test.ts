import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { ControlPlaneRef } from "../../ground/ground.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { isReady, type ServiceObj } from "../support/ocm-status.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";
const STEP_MS = 250;
const EDIT_EVERY_MS = 50;
/** Long enough for Flux to have done what it has to do. */
const NOISE_MS = 3_000;
/** Of a change of version that is taken back before anything has come of it. */
const MOST_REQUESTS_PER_EDIT = 3;
/** The share of requests that a busy server refuses. */
const REFUSED = 0.6;
const SERVERS: readonly string[] = ["platform", "onboarding"];

type Answer = ReturnType<Parameters<Intercept>[0]["send"]>;

type BusyWorld = SimulatedWorld & {
  /** From now on, or no longer, API servers refuse a share of all requests. */
  setBusy(how: {
    readonly code: 429 | 503 | undefined;
    readonly share?: number;
    readonly clusters?: readonly string[];
  }): void;
  /** How many requests were refused. */
  readonly refused: () => number;
  /** All requests of the provider. */
  readonly sent: string[];
};

async function startWorld(): Promise<BusyWorld> {
  const busy = { code: undefined as 429 | 503 | undefined, share: REFUSED, clusters: SERVERS, refused: 0 };
  const random = seededRandom(1);
  const sent: string[] = [];
  const world = await SimulatedWorld.start(7, ({ text, send }) => {
    sent.push(text);
    const isSpared = text.includes("watch=") || !busy.clusters.some((name) => text.startsWith(`${name} `));
    if (busy.code === undefined || isSpared || random() >= busy.share) {
      return send();
    }
    busy.refused += 1;
    return refuse(busy.code);
  });
  world.startProvider();
  return Object.assign(world, {
    setBusy: (how: Parameters<BusyWorld["setBusy"]>[0]) => void Object.assign(busy, how),
    refused: () => busy.refused,
    sent,
  });
}

function refuse(code: 429 | 503): Answer {
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", code, message: "slow down" };
  return Promise.resolve({ status: code, headers: {}, body: new Blob([JSON.stringify(body)]).stream() });
}

async function order(world: SimulatedWorld, count: number): Promise<readonly ControlPlaneRef[]> {
  const { simulation, clock } = world;
  const [version = ""] = simulation.charts.versions;
  const planes = Array.from({ length: count }, (_, number) => ({ name: `mcp-${number}`, namespace: NAMESPACE }));
  await Promise.all(planes.map((plane) => clock.runUntil(simulation.orderControlPlane(plane))));
  await Promise.all(planes.map((plane) => simulation.onboarding.client.create(ocm(plane, version))));
  return planes;
}

function find({ simulation }: SimulatedWorld, name: string): Promise<ServiceObj | undefined> {
  return simulation.onboarding.client.find<ServiceObj>(ref("ocm", name, NAMESPACE));
}

/** Lets time pass until all are as wanted, and returns every reason that their conditions have had. */
async function reasonsUntil(
  world: SimulatedWorld,
  planes: readonly ControlPlaneRef[],
  isMet: (found: ServiceObj | undefined) => boolean,
): Promise<ReadonlySet<string>> {
  const reasons = new Set<string>();
  const deadlineMs = world.clock.now() + 20 * 60_000;
  for (let isOver = false; !isOver; await world.clock.advance(STEP_MS)) {
    const found = await Promise.all(planes.map(({ name }) => find(world, name)));
    found.flatMap((one) => one?.status?.conditions ?? []).forEach(({ reason }) => reasons.add(reason));
    isOver = found.every(isMet);
    assert.ok(isOver || world.clock.now() < deadlineMs, "not all are as wanted after 20 minutes");
  }
  return reasons;
}

describe("API servers that ask to slow down", () => {
  for (const code of [429, 503] as const) {
    it(`make tenants wait and none of them fail (${code})`, async () => {
      const world = await startWorld();
      await world.clock.advance(1_000);
      world.setBusy({ code });

      const planes = await order(world, 6);
      const [version = ""] = world.simulation.charts.versions;
      const installing = await reasonsUntil(world, planes, isInstalled(version));
      await Promise.all(
        planes.map(({ name }) => world.simulation.onboarding.client.delete(ref("ocm", name, NAMESPACE))),
      );
      const removing = await reasonsUntil(world, planes, (found) => found === undefined);

      assert.ok(world.refused() > 0);
      assert.ok(!installing.has("ReconcileError"), [...installing].join(", "));
      assert.ok(!removing.has("ReconcileError"), [...removing].join(", "));
      await world.stop();
    });
  }

  it("are told of once a tenant has waited for a minute, and forgotten once they answer", async () => {
    const world = await startWorld();
    const { client } = world.simulation.onboarding;
    const [plane] = await order(world, 1);
    assert.ok(plane);
    const object = ref("ocm", plane.name, NAMESPACE);
    const [version = ""] = world.simulation.charts.versions;
    await world.untilOcm(plane, isInstalled(version));
    world.setBusy({ code: 503, share: 1, clusters: ["platform"] });
    await client.delete(object);

    await world.clock.advance(45_000);
    const early = await find(world, plane.name);
    await world.clock.advance(60_000);
    const late = await find(world, plane.name);
    const answeredAt = world.clock.now();
    world.setBusy({ code: undefined });
    await world.until(object, (found) => found === undefined);

    const told = /has refused a request \(503\)/;
    assert.doesNotMatch(JSON.stringify(early?.status), told);
    assert.match(JSON.stringify(late?.status), told);
    assert.ok(world.clock.now() - answeredAt < 60_000);
    await world.stop();
  });
});

describe("a tenant whose object is changed twenty times a second", () => {
  it("delays no other tenant by half", async () => {
    const world = await startWorld();
    const undisturbedMs = await installTime(world, "quiet");
    await installTime(world, "noisy");
    const noise = beNoisy(world, (edits) => ({ metadata: { annotations: { edit: String(edits) } } }));

    const delays: number[] = [];
    for (let number = 0; number < 3; number += 1) {
      delays.push(await installTime(world, `newcomer-${number}`));
    }

    assert.ok((await noise.stop()) > 20);
    assert.ok(
      delays.every((delay) => delay <= 1.5 * undisturbedMs),
      `expected each within 1.5 × ${undisturbedMs} ms, found ${delays.join(", ")} ms`,
    );
    await world.stop();
  });

  it("costs few requests for each change, and delays nobody who is repaired or removed", async () => {
    const world = await startWorld();
    for (const name of ["noisy", "first", "second"]) {
      await installTime(world, name);
    }
    const undisturbed = [await repairTime(world, "first"), await removalTime(world, "first")];
    const [one, other] = world.simulation.charts.versions;
    world.sent.length = 0;
    const noise = beNoisy(world, (edits) => ({ spec: { version: edits % 2 === 0 ? one : other } }));
    await world.clock.advance(NOISE_MS);
    const disturbed = [await repairTime(world, "second"), await removalTime(world, "second")];

    const edits = await noise.stop();
    const ofNoisy = world.sent.filter(
      (text) => text.includes("/noisy") || text.includes(tenantNamespace("noisy", NAMESPACE)),
    );
    disturbed.forEach((ms, index) => {
      assert.ok(
        ms <= 1.5 * (undisturbed[index] ?? 0),
        `${disturbed.join(", ")} ms instead of ${undisturbed.join(", ")}`,
      );
    });
    const perEdit = ofNoisy.length / edits;
    assert.ok(perEdit <= MOST_REQUESTS_PER_EDIT, `${perEdit} requests for each change`);
    await world.untilOcm({ name: "noisy", namespace: NAMESPACE }, (found) => found !== undefined && isReady(found));
    await world.stop();
  });
});

/** Changes the object of the tenant `noisy` without rest; `stop` returns how many times that was. */
function beNoisy(
  { simulation, clock }: SimulatedWorld,
  patchOf: (edits: number) => object,
): { stop(): Promise<number> } {
  const quiet = new AbortController();
  const noise = (async (): Promise<number> => {
    let edits = 0;
    for (; !quiet.signal.aborted; edits += 1) {
      await simulation.onboarding.client.patchMerge(ref("ocm", "noisy", NAMESPACE), patchOf(edits));
      await clock.sleep(EDIT_EVERY_MS);
    }
    return edits;
  })();
  return {
    stop: async () => {
      quiet.abort();
      await clock.advance(2 * EDIT_EVERY_MS);
      return noise;
    },
  };
}

/** Edits the release of a tenant, and says how many ms it took until that was undone. */
async function repairTime({ simulation, clock }: SimulatedWorld, name: string): Promise<number> {
  const { client } = simulation.platform;
  const release = ref("helmRelease", "sp-ocm-k8s-toolkit", tenantNamespace(name, NAMESPACE));
  const isEdited = async (): Promise<boolean> =>
    textAt(await client.get(release), "spec", "targetNamespace") === "elsewhere";
  const startedAt = clock.now();
  await client.patchMerge(release, { spec: { targetNamespace: "elsewhere" } });
  while (await isEdited()) {
    await clock.advance(EDIT_EVERY_MS / 10);
  }
  const repairedMs = clock.now() - startedAt;
  await clock.advance(NOISE_MS);
  return repairedMs;
}

async function removalTime(world: SimulatedWorld, name: string): Promise<number> {
  const startedAt = world.clock.now();
  await world.simulation.onboarding.client.delete(ref("ocm", name, NAMESPACE));
  await world.untilOcm({ name, namespace: NAMESPACE }, (found) => found === undefined);
  return world.clock.now() - startedAt;
}

async function installTime(world: SimulatedWorld, name: string): Promise<number> {
  const { simulation, clock } = world;
  const [version = ""] = simulation.charts.versions;
  const plane = { name, namespace: NAMESPACE };
  await clock.runUntil(simulation.orderControlPlane(plane));
  const startedAt = clock.now();
  await simulation.onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  return clock.now() - startedAt;
}
