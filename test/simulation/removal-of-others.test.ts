import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { leaveAsGoProvider } from "../support/simulated-takeover.ts";
import { isInstalled, type Intercept, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, pullSecret } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const neighbour = { name: "mcp-02", namespace: "project-x--ws-y" };
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const FIRST_RELEASE = ref("helmRelease", "helm-release", NAMESPACE);
const A_WHILE_MS = 60_000;

describe("a removal", () => {
  it("leaves the Secrets of another tenant on a workload cluster that both were given", async () => {
    const deletions: string[] = [];
    const world = await start(({ text, send }) => {
      deletions.push(...(/ DELETE .*ocm-k8s-toolkit-system/u.test(text) ? [text] : []));
      return send();
    });
    const { client } = world.simulation.platform;
    await client.create(pullSecret('{"auths":{}}', "images"));
    const values = { manager: { imagePullSecrets: [{ name: "images" }] } };
    await configure(world, { values, targetCluster: "Workload" });
    await install(world);
    await world.clock.runUntil(world.simulation.orderControlPlane(neighbour));
    await world.simulation.onboarding.client.create(ocm(neighbour, "0.4.0"));
    await world.untilOcm(neighbour, (object) => conditionOf(object, "ReleaseReady")?.reason === "ClusterShared");

    await world.simulation.onboarding.client.delete(ref("ocm", neighbour.name, neighbour.namespace));
    await world.untilOcm(neighbour, (object) => object === undefined);

    assert.deepEqual(deletions, []);
    await world.stop();
  });

  it("ends although an AccessRequest with our labels bears a name that is none of ours", async () => {
    const world = await start();
    await install(world);
    const { client } = world.simulation.platform;
    const requests = await client.list(kindOf("accessRequest", NAMESPACE));
    const [{ apiVersion, kind, metadata, ...content } = assert.fail()] = requests;
    const labels = metadata.labels ?? {};
    await client.create({ apiVersion, kind, metadata: { name: "restored", namespace: NAMESPACE, labels }, ...content });

    await world.simulation.onboarding.client.delete(OCM);

    await world.untilOcm(plane, (object) => object === undefined);
    await world.stop();
  });

  it("asks no silent control plane on which nothing was ever installed", async () => {
    const silence = { isOn: false };
    const world = await start(({ text, send }) =>
      silence.isOn && text.startsWith(plane.name) ? Promise.reject(new Error("no route to host")) : send(),
    );
    await configure(world, { versions: [{ version: "0.5.0" }] });
    await world.clock.runUntil(world.simulation.orderControlPlane(plane));
    await world.simulation.onboarding.client.create(ocm(plane, "0.4.0"));
    await world.untilOcm(plane, (object) => conditionOf(object, "AccessReady")?.status === "True");
    silence.isOn = true;

    await world.simulation.onboarding.client.delete(OCM);

    await world.untilOcm(plane, (object) => object === undefined);
    await world.stop();
  });
});

describe("the release of the Go provider", () => {
  it("stays at work while the new HelmRelease cannot be written", async () => {
    const world = await SimulatedWorld.start(1);
    await leaveAsGoProvider(world, "first-names");
    await configure(world, { values: { manager: { imagePullSecrets: [{ name: "missing" }] } } });

    world.startProvider();
    await world.untilOcm(plane, (object) => conditionOf(object, "ReleaseReady")?.reason === "ReferenceNotFound");
    await world.clock.advance(A_WHILE_MS);

    const old = await world.simulation.platform.client.get<ServiceObj>(FIRST_RELEASE);
    assert.equal(old.metadata.deletionTimestamp, undefined);
    await world.stop();
  });

  it("is uninstalled although Flux has let go of it, and its chart needs a pull secret", async () => {
    const world = await SimulatedWorld.start(1);
    const { platform, onboarding, clusters } = world.simulation;
    await leaveAsGoProvider(world, "first-names");
    await platform.client.patchMerge(FIRST_RELEASE, { spec: { suspend: true } });
    await platform.client.delete(FIRST_RELEASE);
    await world.clock.advance(A_WHILE_MS);
    assert.equal(await platform.client.find(FIRST_RELEASE), undefined);

    await onboarding.client.delete(OCM);
    world.startProvider();
    await world.untilOcm(plane, (object) => object === undefined);

    const [controlPlane = assert.fail()] = [...clusters.values()].filter(({ name }) => name === plane.name);
    const records = await controlPlane.client.list(kindOf("secret", "ocm-k8s-toolkit-system"));
    assert.deepEqual(
      records.filter(({ metadata }) => metadata.labels?.["owner"] === "helm"),
      [],
    );
    await world.stop();
  });
});

async function start(intercept?: Intercept): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1, intercept);
  world.startProvider();
  return world;
}

async function configure({ simulation }: SimulatedWorld, spec: object): Promise<void> {
  await simulation.platform.client.patchMerge(ref("providerConfig", "ocm"), { spec });
}

async function install(world: SimulatedWorld): Promise<void> {
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  await world.simulation.onboarding.client.create(ocm(plane, "0.4.0"));
  await world.untilOcm(plane, isInstalled("0.4.0"));
}
