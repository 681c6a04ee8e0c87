import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";

import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const RECORD = ref("secret", "sh.helm.release.v1.ocm-k8s-toolkit.v1", "ocm-k8s-toolkit-system");
const SOURCE = ref("ociRepository", "sp-ocm-k8s-toolkit", NAMESPACE);
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE);
/** No such chart: Flux waits for it, and never begins to install. */
const NOWHERE = "9.9.9";

describe("a Helm release under the name of the toolkit's, of which Flux has known nothing", () => {
  for (const [where, others] of [
    ["", 0],
    [", among many other Secrets", 25],
  ] as const) {
    it(`is uninstalled when it is the tenant's, however early its cluster's clock says that it was made${where}`, async () => {
      const { world, controlPlane, record } = await start();
      await createOthers(controlPlane, others);
      await controlPlane.create(record);

      await installNowhere(world);
      const { onboarding, platform } = world.simulation;
      await onboarding.client.delete(OCM);
      await world.untilOcm(plane, (object) => conditionOf(object, "Removed")?.reason === "TakingOver");
      // Without a chart Flux does not look for the release.
      await platform.client.patchMerge(SOURCE, { spec: { ref: { tag: "0.4.0" } } });
      await world.untilOcm(plane, (object) => object === undefined);

      assert.equal(await controlPlane.find(RECORD), undefined);
      await world.stop();
    });
  }

  it("stays when it is somebody else's, however late its cluster's clock says that it was made", async () => {
    const { world, controlPlane, record } = await start();

    await installNowhere(world);
    await controlPlane.create(ofSomebodyElse(record));
    await remove(world);

    assert.notEqual(await controlPlane.find(RECORD), undefined);
    await world.stop();
  });
});

/** A world with a control plane on which nothing is, and the record that Helm made of the tenant's release before. */
async function start(): Promise<{
  readonly world: SimulatedWorld;
  readonly controlPlane: SimClient;
  readonly record: Obj;
}> {
  const world = await SimulatedWorld.start(1);
  const { simulation, clock } = world;
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  const cluster = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  assert.ok(cluster);
  await simulation.onboarding.client.create(ocm(plane, "0.4.0"));
  await world.untilOcm(plane, isInstalled("0.4.0"));
  const record = await cluster.client.get(RECORD);
  await remove(world);
  const { name, namespace, labels } = record.metadata;
  return { world, controlPlane: cluster.client, record: { ...record, metadata: { name, namespace, labels } } as Obj };
}

/** Secrets of somebody else, whose names come before that of the record. */
async function createOthers(controlPlane: SimClient, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const { namespace = "" } = RECORD;
    await controlPlane.create({ apiVersion: "v1", kind: "Secret", metadata: { name: `other-${number}`, namespace } });
  }
}

async function installNowhere({ simulation, clock }: SimulatedWorld): Promise<void> {
  await simulation.onboarding.client.create(ocm(plane, NOWHERE));
  await clock.advance(30_000);
  assert.notEqual(await simulation.platform.client.find(RELEASE), undefined);
}

async function remove(world: SimulatedWorld): Promise<void> {
  await world.simulation.onboarding.client.delete(OCM);
  await world.untilOcm(plane, (object) => object === undefined);
}

/** The same release, rendered by `helm install` instead of a HelmRelease. */
function ofSomebodyElse(record: Obj): Obj {
  const packed = Buffer.from(textAt(record, "data", "release"), "base64").toString();
  const release = gunzipSync(Buffer.from(packed, "base64")).toString();
  const theirs = release.replaceAll("helm.toolkit.fluxcd.io/", "example.com/");
  const data = { release: Buffer.from(gzipSync(theirs).toString("base64")).toString("base64") };
  return { ...record, data };
}
