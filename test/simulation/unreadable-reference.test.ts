import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createCertificate } from "../../sim/certificate.ts";
import type { SimTransport } from "../../sim/transport.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { wording } from "../support/snapshot.ts";
import { copyRef } from "../support/tenant-refs.ts";
import { ocm, POD_NAMESPACE, PULL_SECRET, pullSecret } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";
const leaving = { name: "mcp-01", namespace: NAMESPACE };
const staying = { name: "mcp-02", namespace: NAMESPACE };
const coming = { name: "mcp-03", namespace: NAMESPACE };
const CONFIG = ref("providerConfig", "ocm");
const MINUTE_MS = 60_000;

type Answer = () => ReturnType<SimTransport>;

function refuse(status: number, reason: string): Answer {
  const text = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code: status, reason });
  return () => Promise.resolve({ status, headers: {}, body: chunksOf(text) });
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const answers: Readonly<Record<string, Answer>> = {
  "is refused": refuse(403, "Forbidden"),
  "is answered with an error": refuse(500, "InternalError"),
  "is answered with something else than a list": () =>
    Promise.resolve({ status: 200, headers: {}, body: chunksOf("<html>") }),
  "breaks the connection": () => Promise.reject(new Error("socket hang up")),
  "is never answered": () => never(),
};

const { caPem } = await createCertificate();

/** Objects that the settings can name, each of which the tenants that stay need. */
const named: Readonly<Record<string, { readonly kind: string; readonly name: string; readonly spec: object }>> = {
  "the CA bundle in a ConfigMap": {
    kind: "ConfigMap",
    name: "authorities",
    spec: { caBundleRef: { kind: "ConfigMap", name: "authorities" } },
  },
  "the pull secret": { kind: "Secret", name: "other-pull", spec: { imagePullSecret: { name: "other-pull" } } },
  "an image pull secret": {
    kind: "Secret",
    name: "images",
    spec: { values: { manager: { imagePullSecrets: [{ name: "images" }] } } },
  },
};

/** A world with two tenants, where lists of one operator's object can get another answer. */
async function startWorld({ kind, name }: { readonly kind: string; readonly name: string }, answer: Answer) {
  const state = { isBroken: true };
  const path = `GET /api/v1/namespaces/${POD_NAMESPACE}/${kind.toLowerCase()}s?fieldSelector=metadata.name%3D${name}`;
  const world = await SimulatedWorld.start(4, ({ text, send }) =>
    state.isBroken && text.includes(path) ? answer() : send(),
  );
  const { platform, onboarding, charts } = world.simulation;
  await platform.client.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "authorities", namespace: POD_NAMESPACE },
    data: { "ca.crt": caPem },
  });
  await platform.client.create(pullSecret(charts.dockerConfigJson, "other-pull"));
  await platform.client.create(pullSecret(charts.dockerConfigJson, "images"));
  world.startProvider();
  for (const plane of [leaving, staying]) {
    await world.clock.runUntil(world.simulation.orderControlPlane(plane));
    await onboarding.client.create(ocm(plane, charts.versions[0] ?? ""));
    await world.untilOcm(plane, isInstalled(charts.versions[0] ?? ""));
  }
  return { world, state };
}

function find(world: SimulatedWorld, name: string): Promise<ServiceObj> {
  return world.simulation.onboarding.client.get<ServiceObj>(ref("ocm", name, NAMESPACE));
}

function blockers({ status }: ServiceObj): readonly string[] {
  const conditions = status?.conditions ?? [];
  return conditions.filter(({ reason }) => reason === "ReferenceUnreadable").map(({ message }) => message);
}

async function untilConfig(world: SimulatedWorld, isMet: (config: ServiceObj) => boolean): Promise<ServiceObj> {
  const { client } = world.simulation.platform;
  for (let round = 0; round < 1200; round += 1) {
    const config = await client.get<ServiceObj>(CONFIG);
    if (isMet(config)) {
      return config;
    }
    await world.clock.advance(100);
  }
  return client.get<ServiceObj>(CONFIG);
}

describe("an operator's object that cannot be read", () => {
  for (const [what, { kind, name, spec }] of Object.entries(named)) {
    for (const [how, answer] of Object.entries(answers)) {
      it(`stops nobody who does not need it, and is told of: the list of ${what} ${how}`, async () => {
        const { world, state } = await startWorld({ kind, name }, answer);
        const { platform, onboarding, charts } = world.simulation;
        const [version = ""] = charts.versions;

        await platform.client.patchMerge(CONFIG, { spec });
        await world.clock.advance(5_000);
        await onboarding.client.delete(ref("ocm", leaving.name, NAMESPACE));
        await world.untilOcm(leaving, (found) => found === undefined);
        await world.clock.runUntil(world.simulation.orderControlPlane(coming));
        await onboarding.client.create(ocm(coming, version));
        await world.clock.advance(MINUTE_MS);

        for (const tenant of [staying, coming]) {
          const [message = ""] = blockers(await find(world, tenant.name));
          assert.match(message, new RegExp(`${kind} "${name}".* cannot be read`));
          assert.doesNotMatch(message, /GET |hang up|Forbidden|403|500/);
        }
        const config = await platform.client.get<ServiceObj>(CONFIG);
        assert.match(wording(config, "Accepted"), /^False ReferenceUnreadable: /);
        assert.ok(wording(config, "Accepted").includes(`${kind} "${name}" in namespace "${POD_NAMESPACE}"`));
        assert.equal(conditionOf(config, "Ready")?.status, "False");

        state.isBroken = false;
        for (const tenant of [staying, coming]) {
          await world.untilOcm(tenant, isInstalled(version));
        }
        assert.equal(
          wording(await untilConfig(world, (found) => conditionOf(found, "Ready")?.status === "True"), "Accepted"),
          "True Valid: in force",
        );
        await world.stop();
      });
    }
  }

  it("concerns only the tenants of the version that needs it", async () => {
    const { world } = await startWorld({ kind: "Secret", name: "images" }, answers["is refused"] ?? never);
    const [version = "", other = ""] = world.simulation.charts.versions;
    const values = { manager: { imagePullSecrets: [{ name: "images" }] } };

    await world.simulation.platform.client.patchMerge(CONFIG, {
      spec: { versions: [{ version }, { version: other, values }] },
    });
    await world.clock.advance(MINUTE_MS);
    assert.ok(isInstalled(version)(await find(world, staying.name)));
    await world.simulation.onboarding.client.patchMerge(ref("ocm", leaving.name, NAMESPACE), {
      spec: { version: other },
    });
    await world.clock.advance(MINUTE_MS);

    assert.equal(blockers(await find(world, leaving.name)).length, 1);
    assert.ok(isInstalled(version)(await find(world, staying.name)));
    await world.stop();
  });

  it("costs no tenant its Ready while it is read for the first time", async () => {
    const { world, state } = await startWorld({ kind: "Secret", name: "other-pull" }, never);
    state.isBroken = false;
    const { client } = world.simulation.platform;
    await client.patchMerge(CONFIG, { spec: { imagePullSecret: { name: "other-pull" } } });
    const seen = new Set<string>();
    for (let step = 0; step < 100; step += 1) {
      await world.clock.advance(50);
      seen.add(conditionOf(await find(world, staying.name), "ChartReady")?.reason ?? "");
    }

    const copy = copyRef(tenantNamespace(staying.name, NAMESPACE), "other-pull");
    assert.notEqual(await client.find(copy), undefined);
    assert.equal(seen.has("ReferenceUnreadable"), false);
    await world.stop();
  });

  it("is told of on the ProviderConfig too when it could be read before, and tenants go on with what is known", async () => {
    let isBroken = false;
    const world = await SimulatedWorld.start(4, ({ text, send }) =>
      isBroken && text.includes(`metadata.name%3D${PULL_SECRET}`) ? refuse(403, "Forbidden")() : send(),
    );
    world.startProvider();
    await world.clock.runUntil(world.simulation.orderControlPlane(staying));
    const [version = "", other = ""] = world.simulation.charts.versions;
    await world.simulation.onboarding.client.create(ocm(staying, version));
    await world.untilOcm(staying, isInstalled(version));

    isBroken = true;
    await world.clock.advance(20 * MINUTE_MS);
    const config = await world.simulation.platform.client.get<ServiceObj>(CONFIG);
    await world.simulation.onboarding.client.patchMerge(ref("ocm", staying.name, NAMESPACE), {
      spec: { version: other },
    });
    await world.untilOcm(staying, isInstalled(other));
    isBroken = false;
    await world.clock.advance(2 * MINUTE_MS);

    assert.match(wording(config, "Accepted"), /^False ReferenceUnreadable: .*403/);
    assert.equal(
      wording(await world.simulation.platform.client.get<ServiceObj>(CONFIG), "Accepted"),
      "True Valid: in force",
    );
    await world.stop();
  });
});
