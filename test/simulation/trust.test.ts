import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createCertificate } from "../../sim/certificate.ts";
import type { SimClient } from "../../sim/client.ts";
import { crashAt } from "../support/crash-at.ts";
import { kindOf, ref } from "../support/kinds.ts";
import type { ServiceObj } from "../support/ocm-status.ts";
import { playLife } from "../support/simulated-life.ts";
import { isInstalled, SimulatedWorld, type Intercept } from "../support/simulated-world.ts";
import { ocm, POD_NAMESPACE, pullSecret } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OURS = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 9);
const { caPem } = await createCertificate();

/** Starts a world in which the toolkit needs an image pull secret and certificates. */
async function startWorld(intercept?: Intercept): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1, intercept);
  const { client } = world.simulation.platform;
  await client.create(pullSecret('{"auths":{}}', "images"));
  await client.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "authorities", namespace: POD_NAMESPACE },
    data: { "ca.crt": caPem },
  });
  const values = { manager: { imagePullSecrets: [{ name: "images" }] } };
  const caBundleRef = { kind: "ConfigMap", name: "authorities" };
  await client.patchMerge(ref("providerConfig", "ocm"), { spec: { values, caBundleRef } });
  return world;
}

function mcpOf({ simulation }: SimulatedWorld): SimClient {
  const mcp = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
  assert.ok(mcp);
  return mcp.client;
}

async function secretsOnMcp(world: SimulatedWorld): Promise<readonly string[]> {
  const secrets = await mcpOf(world).list(kindOf("secret"), OURS);
  return secrets.map(({ metadata }) => metadata.name).toSorted();
}

describe("secrets on a control plane", async () => {
  let requests = 0;
  const undisturbed = await startWorld(({ number, send }) => {
    requests = number;
    return send();
  });
  await playLife(undisturbed);
  await undisturbed.stop();

  for (let number = 1; number <= requests; number += STRIDE) {
    it(`are gone at the end, even when the provider crashes after request ${number}`, async () => {
      const world = await startWorld(crashAt(number, "after"));
      await playLife(world);

      assert.deepEqual(await secretsOnMcp(world), []);
      await world.stop();
    });
  }

  it("cost one look in each poll interval and nothing else, and are brought back by it", async () => {
    const sent: string[] = [];
    const world = await startWorld(({ text, send }) => {
      sent.push(text);
      return send();
    });
    const { clock, simulation } = world;
    world.startProvider();
    await clock.runUntil(simulation.orderControlPlane(plane));
    const [version = ""] = simulation.charts.versions;
    await simulation.onboarding.client.create(ocm(plane, version));
    await world.untilOcm(plane, isInstalled(version));
    await clock.advance(150_000);
    const before = await secretsOnMcp(world);
    sent.length = 0;

    await clock.advance(300_000);
    const looks = sent.filter((text) => text.startsWith(plane.name));
    await mcpOf(world).deleteAll(kindOf("secret", "ocm-k8s-toolkit-system"), OURS);
    await clock.advance(65_000);

    assert.deepEqual(before, ["images", "sp-ocm.ca-authorities"]);
    assert.ok(looks.length >= 4 && looks.length <= 6, looks.join("\n"));
    assert.ok(
      looks.every((text) => text.startsWith(`${plane.name} GET /api/v1/namespaces/`)),
      looks.join("\n"),
    );
    assert.deepEqual(await secretsOnMcp(world), before);
    await world.stop();
  });

  it("leave a tenant Ready while its control plane cannot be reached", async () => {
    let isCut = false;
    const world = await startWorld(({ text, send }) =>
      isCut && text.startsWith(plane.name) ? Promise.reject(new Error("no route to host")) : send(),
    );
    const { clock, simulation } = world;
    world.startProvider();
    await clock.runUntil(simulation.orderControlPlane(plane));
    const [version = ""] = simulation.charts.versions;
    await simulation.onboarding.client.create(ocm(plane, version));
    await world.untilOcm(plane, isInstalled(version));
    await clock.advance(150_000);

    isCut = true;
    await clock.advance(150_000);

    const found = await simulation.onboarding.client.get<ServiceObj>(ref("ocm", plane.name, plane.namespace));
    assert.ok(isInstalled(version)(found), JSON.stringify(found.status));
    await world.stop();
  });
});
