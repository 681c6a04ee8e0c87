import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { crashAt } from "../support/crash-at.ts";
import { hello } from "../support/hello.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { PlatformDecisions } from "../support/platform-decisions.ts";
import { type Cast, type Intercept, never, SimulatedWorld } from "../support/simulated-world.ts";

const apiVersion = "hello.example.com/v1alpha1";
const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const object: ObjRef = { apiVersion, kind: "Hello", ...plane };
const greeting: ObjRef = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "hello" };
const namespace = tenantNamespace(plane.name, plane.namespace);
const access = ref("accessRequest", "hello.example.com--mcp-01--mcp", namespace);
const config: ObjRef = { apiVersion, kind: "ProviderConfig", name: "hello" };

const cast: Cast = {
  program: hello,
  providerName: "hello",
  configure: async ({ platform }) => {
    const spec = { audience: "world" };
    await platform.client.create({ apiVersion, kind: "ProviderConfig", metadata: { name: "hello" }, spec });
  },
};

/** Starts a world in which control plane and Hello object are there, and gives the client of the control plane. */
async function ordered(
  intercept?: Intercept,
  decide?: PlatformDecisions["decide"],
): Promise<{ readonly world: SimulatedWorld; readonly mcp: SimClient }> {
  const world = await SimulatedWorld.start(1, intercept, { cast, decide });
  const { clock, simulation } = world;
  const cluster = await clock.runUntil(simulation.orderControlPlane(plane));
  assert.ok(cluster !== undefined);
  await simulation.onboarding.client.create({
    apiVersion,
    kind: "Hello",
    metadata: plane,
    spec: { greeting: "Hello" },
  });
  return { world, mcp: cluster.client };
}

async function textOf(mcp: SimClient): Promise<unknown> {
  return ((await mcp.find(greeting))?.["data"] as { readonly text?: string } | undefined)?.text;
}

const isGone = (found: ServiceObj | undefined): boolean => found === undefined;
const isGreeted = (found: ServiceObj | undefined): boolean => found !== undefined && isReady(found);
const isBlamed =
  (type: string, reason: string) =>
  (found: ServiceObj | undefined): boolean =>
    conditionOf(found, type)?.reason === reason;

/** Plays a life: installed, changed by user and operator, deleted. */
async function playLife({ world, mcp }: Awaited<ReturnType<typeof ordered>>): Promise<void> {
  const { platform, onboarding } = world.simulation;
  world.startProvider();
  await world.until(object, isGreeted);
  assert.equal(await textOf(mcp), "Hello, world!");

  await onboarding.client.patchMerge(object, { spec: { greeting: "Hi" } });
  await world.until(object, isGreeted);
  assert.equal(await textOf(mcp), "Hi, world!");

  await platform.client.patchMerge(config, { spec: { audience: "everybody" } });
  await world.clock.advance(5 * 60_000);
  assert.equal(await textOf(mcp), "Hi, everybody!");

  await onboarding.client.delete(object);
  await world.until(object, isGone);
  assert.equal(await mcp.find(greeting), undefined, "the greeting is left behind");
  const left = await platform.client.list(kindOf("accessRequest"), {
    labelSelector: "openmcp.cloud/managed-by=hello.example.com",
  });
  assert.deepEqual(left, [], "the access is left behind");
}

describe("examples/hello", () => {
  it("greets, follows user and operator, and leaves nothing behind", async () => {
    const life = await ordered();

    await playLife(life);
    await life.world.stop();
  });

  it("counts its tenants on the ProviderConfig", async () => {
    const { world } = await ordered();
    world.startProvider();
    await world.until(object, isGreeted);
    await world.clock.advance(60_000);

    const { status } = (await world.simulation.platform.client.find<ServiceObj>(config)) ?? {};
    assert.deepEqual(status?.tenants, { total: 1, ready: 1, failing: 0 });
    await world.stop();
  });

  it("reports an object of somebody else, and never touches it", async () => {
    const { world, mcp } = await ordered();
    const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata: greeting, data: { text: "mine" } };
    await mcp.create({ ...theirs, metadata: { namespace: greeting.namespace ?? "", name: greeting.name } });
    world.startProvider();
    await world.until(object, isBlamed("Greeted", "ForeignObject"));

    await world.simulation.onboarding.client.delete(object);
    await world.until(object, isGone);
    assert.equal(await textOf(mcp), "mine");
    await world.stop();
  });

  it("says that access is denied, and keeps nobody who gives up then", async () => {
    const decisions = new PlatformDecisions();
    decisions.set(access, "deny");
    const { world, mcp } = await ordered(undefined, decisions.decide);
    world.startProvider();
    await world.until(object, isBlamed("AccessReady", "AccessDenied"));
    assert.equal(await mcp.find(greeting), undefined);

    await world.simulation.onboarding.client.delete(object);
    await world.until(object, isGone);
    assert.equal(await world.simulation.platform.client.find(access), undefined);
    await world.stop();
  });

  it("goes on when access that was held is granted", async () => {
    const decisions = new PlatformDecisions();
    decisions.set(access, "hold");
    const { world, mcp } = await ordered(undefined, decisions.decide);
    world.startProvider();
    await world.until(object, isBlamed("AccessReady", "AccessPending"));

    const order = ref("clusterRequest", plane.name, namespace);
    await decisions.grant(world.simulation.platform.client, access, order);
    await world.until(object, isGreeted);
    assert.equal(await textOf(mcp), "Hello, world!");
    await world.stop();
  });

  it("keeps an object while access is denied with which something was written", async () => {
    const decisions = new PlatformDecisions();
    const { world, mcp } = await ordered(undefined, decisions.decide);
    const { platform, onboarding } = world.simulation;
    world.startProvider();
    await world.until(object, isGreeted);
    decisions.set(access, "deny");
    await platform.client.delete(access);
    await world.until(object, isBlamed("AccessReady", "AccessDenied"));

    await onboarding.client.delete(object);
    await world.until(object, isBlamed("Removed", "AccessDenied"));
    assert.notEqual(await mcp.find(greeting), undefined);
    await world.stop();
  });

  it("says that a control plane does not answer, and greets it when it does", async () => {
    let isMute = true;
    const { world, mcp } = await ordered(({ text, send }) => (isMute && text.startsWith("mcp-01 ") ? never() : send()));
    world.startProvider();
    await world.until(object, isBlamed("Greeted", "ControlPlaneSilent"));

    isMute = false;
    await world.until(object, isGreeted);
    assert.equal(await textOf(mcp), "Hello, world!");
    await world.stop();
  });

  it("looks at a control plane once more when somebody has deleted the access", async () => {
    const { world, mcp } = await ordered();
    const { platform, onboarding } = world.simulation;
    world.startProvider();
    await world.until(object, isGreeted);
    world.crash();
    await platform.client.delete(access);
    await onboarding.client.delete(object);
    await world.clock.advance(10_000);
    world.startProvider();

    await world.until(object, isGone);
    assert.equal(await mcp.find(greeting), undefined, "the greeting is left behind");
    await world.stop();
  });
});

describe("examples/hello, crashed", async () => {
  let requests = 0;
  const writes: number[] = [];
  const counted = await ordered(({ number, text, send }) => {
    requests = number;
    if (!text.includes(" GET ")) {
      writes.push(number);
    }
    return send();
  });
  await playLife(counted);
  await counted.world.stop();
  assert.ok(writes.length > 10, `expected some writes among ${requests} requests`);

  for (const number of writes) {
    it(`after write ${number} leaves nothing behind`, async () => {
      const life = await ordered(crashAt(number, "after"));
      await playLife(life);
      await life.world.stop();
    });
  }
});
