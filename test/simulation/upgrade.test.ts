import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { isJsonObject } from "../../sim/json.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const SOURCE = ref("ociRepository", "sp-ocm-k8s-toolkit", NAMESPACE);
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", NAMESPACE);
const GROUP = "ocm.services.openmcp.cloud";
const NO_REQUEST = 3 * 60_000;

describe("a tenant of an earlier version of this provider", () => {
  it("gets the annotations of this one by two writes, and stays Ready", async () => {
    const sent: string[] = [];
    const world = await SimulatedWorld.start(1, ({ text, send }) => {
      sent.push(text);
      return send();
    });
    const { clock, simulation } = world;
    world.startProvider();
    await clock.runUntil(simulation.orderControlPlane(plane));
    await simulation.onboarding.client.create(ocm(plane, "0.4.0"));
    await world.untilOcm(plane, isInstalled("0.4.0"));
    await clock.advance(NO_REQUEST);
    world.crash();
    await annotateAsBefore(world, SOURCE, { inputs: "k2j4", "toolkit-secrets": "true" });
    await annotateAsBefore(world, RELEASE, { inputs: "k2j4" });
    const readySince = await readyOf(world);
    sent.length = 0;

    world.startProvider();
    await clock.advance(NO_REQUEST);

    const writes = sent.filter((text) => / (?:PATCH|POST|DELETE) /u.test(text) && text.includes(NAMESPACE));
    assert.equal(writes.length, 2, writes.join("\n"));
    assert.deepEqual(await readyOf(world), readySince);
    const { annotations } = (await simulation.platform.client.get(SOURCE)).metadata;
    assert.equal(annotations?.[`${GROUP}/installed-on`], "mcp");
    await world.stop();
  });
});

/** Has an object carry annotations that the provider has applied. */
async function annotateAsBefore(
  { simulation }: SimulatedWorld,
  object: ObjRef,
  marks: Readonly<Record<string, string>>,
): Promise<void> {
  const { client } = simulation.platform;
  const { apiVersion, kind, metadata, ...content } = await client.get(object);
  const { name, namespace, labels = {} } = metadata;
  const annotations = Object.fromEntries(Object.entries(marks).map(([mark, value]) => [`${GROUP}/${mark}`, value]));
  // Whoever has applied an object does not own the defaults of its server.
  const { provider: _default, ...spec } = isJsonObject(content["spec"]) ? content["spec"] : {};
  await client.apply(
    { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), labels, annotations }, spec },
    { fieldManager: "service-provider-ocm", force: true },
  );
}

async function readyOf({ simulation }: SimulatedWorld): Promise<unknown> {
  return conditionOf(await simulation.onboarding.client.get(OCM), "Ready");
}
