import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SimClient } from "../../sim/client.ts";
import { FIELD_MANAGER } from "../../src/ocm/field-manager.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld, type Intercept } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const NAME = tenantNamespace(plane.name, plane.namespace);
const NAMESPACE = ref("namespace", NAME);
const SETTLED_MS = 5 * 60_000;

const NAMES = Array.from({ length: 50 }, (_, number) => tenantNamespace(`mcp-${number}`, plane.namespace));

type Prepare = (platform: SimClient) => Promise<unknown>;

/** As an earlier version of the provider made it. */
const made: Prepare = (platform) => makeNamespace(platform, FIELD_MANAGER);

describe("a namespace that an earlier version of the provider made for an OCM object without a control plane", () => {
  for (const [what, prepare] of [
    ["holds nothing", () => Promise.resolve()],
    ["holds what every namespace does", createBuiltIns],
  ] as const satisfies readonly (readonly [string, Prepare])[]) {
    it(`goes with the OCM object when it ${what}`, async () => {
      const world = await start(async (platform) => [await made(platform), await prepare(platform)]);
      const { onboarding, platform } = world.simulation;
      await onboarding.client.create(ocm(plane, "0.4.0"));
      world.startProvider();
      await world.untilOcm(plane, (object) => conditionOf(object, "AccessReady")?.reason === "ControlPlaneNotFound");
      assert.notEqual(await platform.client.find(NAMESPACE), undefined);

      await onboarding.client.delete(OCM);
      await world.clock.advance(SETTLED_MS);

      assert.equal(await platform.client.find(NAMESPACE), undefined);
      await world.stop();
    });
  }

  it("goes when its OCM object went long ago", async () => {
    const world = await start(made);

    world.startProvider();
    await world.clock.advance(SETTLED_MS);

    assert.equal(await world.simulation.platform.client.find(NAMESPACE), undefined);
    await world.stop();
  });

  for (const [what, prepare] of [
    ["somebody else made it", (platform) => makeNamespace(platform, "openmcp-operator")],
    [
      "somebody else has labelled it",
      async (platform) => [
        await made(platform),
        await platform.patchMerge(NAMESPACE, { metadata: { labels: { theirs: "yes" } } }),
      ],
    ],
    ["a ConfigMap is in it", async (platform) => [await made(platform), await put(platform, "v1", "ConfigMap")]],
    ["a Secret is in it", async (platform) => [await made(platform), await put(platform, "v1", "Secret")]],
    [
      "another provider's AccessRequest is in it",
      async (platform) => [
        await made(platform),
        await put(platform, "clusters.openmcp.cloud/v1alpha1", "AccessRequest"),
      ],
    ],
  ] as const satisfies readonly (readonly [string, Prepare])[]) {
    it(`stays when ${what}`, async () => {
      const world = await start(prepare);
      const { onboarding, platform } = world.simulation;
      await onboarding.client.create(ocm(plane, "0.4.0"));
      world.startProvider();
      await world.untilOcm(plane, (object) => conditionOf(object, "AccessReady")?.reason === "ControlPlaneNotFound");

      await onboarding.client.delete(OCM);
      await world.clock.advance(SETTLED_MS);

      const kept = await platform.client.get(NAMESPACE);
      assert.equal(kept.metadata.deletionTimestamp, undefined);
      await world.stop();
    });
  }

  it("stays when the platform takes it over right before it is deleted", async () => {
    let isTakenOver = false;
    const world = await start(made, async ({ text, send }, { simulation }) => {
      if (text.startsWith("platform DELETE /api/v1/namespaces/")) {
        isTakenOver = true;
        await simulation.platform.client.patchMerge(NAMESPACE, { metadata: { labels: { theirs: "yes" } } });
      }
      return send();
    });

    world.startProvider();
    await world.clock.advance(SETTLED_MS);

    const kept = await world.simulation.platform.client.get(NAMESPACE);
    assert.deepEqual([isTakenOver, kept.metadata.deletionTimestamp], [true, undefined]);
    await world.stop();
  });

  it("costs few requests at a time, however many there are, and one in an hour while a kind cannot be listed", async () => {
    const asked: string[] = [];
    let isDown = true;
    const world = await start(
      async (platform) => {
        for (const name of NAMES) {
          await makeNamespace(platform, FIELD_MANAGER, name);
        }
      },
      ({ text, send }) => {
        asked.push(text);
        return isDown && text === "platform GET /apis/source.toolkit.fluxcd.io/v1"
          ? Promise.resolve({ status: 503, headers: {}, body: new Blob(["{}"]).stream() })
          : send();
      },
    );
    const { client } = world.simulation.platform;
    const left = async (): Promise<number> => {
      const found = await Promise.all(NAMES.map((name) => client.find(ref("namespace", name))));
      return found.filter((namespace) => namespace !== undefined).length;
    };

    const judged = (): number => asked.filter((text) => /GET \/api\/v1\/namespaces\/mcp--[^/]*$/u.test(text)).length;
    world.startProvider();
    await world.clock.advance(10_000);
    assert.ok(judged() > 0 && judged() < NAMES.length / 2, String(judged()));
    await world.clock.advance(SETTLED_MS);
    assert.equal(judged(), NAMES.length);
    assert.equal(await left(), NAMES.length);
    assert.ok(asked.filter((text) => text.includes("GET /api")).length < 3 * NAMES.length, String(asked.length));

    isDown = false;
    asked.length = 0;
    await world.clock.advance(3_600_000);
    assert.equal(await left(), 0);
    assert.ok(asked.filter((text) => text === "platform GET /apis").length < NAMES.length / 10);
    await world.stop();
  });

  it("stays as long as its control plane does, and serves it", async () => {
    const world = await start(made);
    const { simulation, clock } = world;
    await clock.runUntil(simulation.orderControlPlane(plane));
    await simulation.onboarding.client.create(ocm(plane, "0.4.0"));
    world.startProvider();
    await world.untilOcm(plane, isInstalled("0.4.0"));

    await simulation.onboarding.client.delete(OCM);
    await clock.advance(SETTLED_MS);

    const kept = await simulation.platform.client.get(NAMESPACE);
    assert.equal(kept.metadata.deletionTimestamp, undefined);
    await world.stop();
  });
});

async function start(prepare: Prepare, intercept?: Intercept): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1, intercept);
  const { platform, onboarding } = world.simulation;
  await onboarding.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: plane.namespace } });
  await prepare(platform.client);
  return world;
}

function makeNamespace(platform: SimClient, fieldManager: string, name = NAME): Promise<unknown> {
  return platform.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { fieldManager });
}

function put(platform: SimClient, apiVersion: string, kind: string, name = "theirs"): Promise<unknown> {
  const spec = { requestRef: { name: "theirs", namespace: NAME }, token: { permissions: [] } };
  return platform.create({
    apiVersion,
    kind,
    metadata: { name, namespace: NAME },
    ...(kind === "AccessRequest" && { spec }),
  });
}

/** What a real control plane puts into each namespace, and what Flux has said about the chart. */
async function createBuiltIns(platform: SimClient): Promise<void> {
  await put(platform, "v1", "ConfigMap", "kube-root-ca.crt");
  await put(platform, "v1", "ServiceAccount", "default");
  const metadata = { name: "chart.1", namespace: NAME };
  const involvedObject = { kind: "OCIRepository", name: "chart", namespace: NAME };
  await platform.create({ apiVersion: "v1", kind: "Event", metadata, involvedObject });
}
