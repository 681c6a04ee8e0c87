import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SimResponse } from "../../sim/transport.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld, type Intercept, type RequestOnItsWay } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const NAMESPACE = tenantNamespace(plane.name, plane.namespace);
const ACCESS = ref("accessRequest", "ocm.services.openmcp.cloud--mcp-01--mcp", NAMESPACE);
const REASONS = { 403: "Forbidden", 409: "Conflict", 500: "InternalError" } as const;
const POLL_INTERVAL_MS = 60_000;
const SETTLED_MS = 10_000;

describe("a pass that fails", () => {
  it("leaves the other conditions to the generation that they speak of", async () => {
    const refused = refuse({ code: 403, path: "/ocirepositories/" });
    const world = await installed(refused.intercept);

    refused.isOn = true;
    await setVersion(world, "0.5.0");
    await world.untilOcm(plane, (found) => conditionOf(found, "Ready")?.reason === "ReconcileError");
    const failed = await world.simulation.onboarding.client.get<ServiceObj>(OCM);
    refused.isOn = false;
    await world.untilOcm(plane, isInstalled("0.5.0"));
    const mended = await world.simulation.onboarding.client.get<ServiceObj>(OCM);

    assert.deepEqual(generationsOf(failed), { Ready: 2, AccessReady: 1, ChartReady: 1, ReleaseReady: 1 });
    assert.match(conditionOf(failed, "ReleaseReady")?.message ?? "", /0\.4\.0/);
    assert.deepEqual(generationsOf(mended), { Ready: 2, AccessReady: 2, ChartReady: 2, ReleaseReady: 2 });
    await world.stop();
  });

  for (const [what, request, begin] of [
    ["a change", { path: "/ocirepositories/" }, (world: SimulatedWorld) => setVersion(world, "0.5.0")],
    [
      "a deletion",
      { path: "/helmreleases/", method: "DELETE" },
      ({ simulation }: SimulatedWorld) => simulation.onboarding.client.delete(OCM),
    ],
  ] as const) {
    it(`does not take a check of Flux for an installation while ${what} fails`, async () => {
      const refused = refuse({ code: 403, ...request });
      const world = await installed(refused.intercept);

      refused.isOn = true;
      await begin(world);
      await world.clock.advance(5 * POLL_INTERVAL_MS);

      const release = conditionOf(await world.simulation.onboarding.client.get<ServiceObj>(OCM), "ReleaseReady");
      assert.deepEqual([release?.status, release?.observedGeneration], ["True", 1]);
      await world.stop();
    });
  }

  it("never lets a condition of the version before speak of the new one", async () => {
    const untrue = new Set<string>();
    const world = await installed(async ({ send }, { simulation }) => {
      const found = await simulation.onboarding.client.find<ServiceObj>(OCM);
      (found?.status?.conditions ?? [])
        .filter(({ message, observedGeneration }) => message.includes("0.4.0") && observedGeneration !== 1)
        .forEach(({ type, message }) => untrue.add(`${type}: ${message}`));
      return send();
    });

    await setVersion(world, "0.5.0");
    await world.untilOcm(plane, isInstalled("0.5.0"));

    assert.deepEqual([...untrue], []);
    await world.stop();
  });

  it("takes back what has become untrue, and is repeated after pollInterval whatever events have come", async () => {
    const refused = refuse({ code: 403, path: "/accessrequests/" });
    const world = await installed(refused.intercept);
    const { platform, onboarding } = world.simulation;

    refused.isOn = true;
    await platform.client.patchMerge(ACCESS, { metadata: { finalizers: null } });
    await platform.client.delete(ACCESS);
    for (let event = 0; event < 9; event += 1) {
      await onboarding.client.patchMerge(OCM, { metadata: { annotations: { event: `${event}` } } });
      await world.clock.advance(100);
    }
    const failing = await onboarding.client.get<ServiceObj>(OCM);
    const access = await platform.client.find(ACCESS);
    await world.clock.advance(10 * POLL_INTERVAL_MS);
    refused.isOn = false;
    await world.clock.advance(POLL_INTERVAL_MS + SETTLED_MS);

    assert.equal(access, undefined);
    assert.equal(conditionOf(failing, "Ready")?.reason, "ReconcileError");
    assert.equal(conditionOf(failing, "AccessReady")?.status, "False");
    assert.ok(isReady(await onboarding.client.get<ServiceObj>(OCM)));
    await world.stop();
  });

  it("goes on with a deletion after pollInterval, however long the request for it has failed", async () => {
    const refused = refuse({ code: 500, method: "DELETE", path: "/accessrequests/" });
    const world = await installed(refused.intercept);
    const { platform, onboarding } = world.simulation;
    await platform.client.patchMerge(ref("providerConfig", "ocm"), { spec: { pollInterval: "5s" } });
    await world.clock.advance(SETTLED_MS);

    refused.isOn = true;
    await onboarding.client.delete(OCM);
    await world.clock.advance(10 * POLL_INTERVAL_MS);
    const before = refused.count;
    await world.clock.advance(5000);

    assert.ok(refused.count > before, "the request is repeated");
    await world.stop();
  });
});

describe("a conflict", () => {
  it("that is a single one is met again at once", async () => {
    const refused = refuse({ code: 409, path: "/ocirepositories/", most: 1 });
    const world = await installed(refused.intercept);

    refused.isOn = true;
    await setVersion(world, "0.5.0");
    await world.clock.advance(2000);

    const source = await world.simulation.platform.client.get(ref("ociRepository", "sp-ocm-k8s-toolkit", NAMESPACE));
    assert.equal(refused.count, 1);
    assert.equal(textAt(source, "spec", "ref", "tag"), "0.5.0");
    await world.stop();
  });

  for (const [what, path] of [
    ["of what is written to the platform", "/ocirepositories/"],
    ["of the status", "/ocms/mcp-01/status"],
  ] as const) {
    it(`${what} that lasts is backed off from and told of`, async () => {
      const refused = refuse({ code: 409, path });
      const world = await installed(refused.intercept);

      refused.isOn = true;
      await setVersion(world, "0.5.0");
      await world.clock.advance(5 * 60_000);
      const inFiveMinutes = refused.count;
      const events = await eventsOf(world);
      refused.isOn = false;
      await world.clock.advance(POLL_INTERVAL_MS + 10_000);

      assert.ok(inFiveMinutes > 5 && inFiveMinutes < 50, `${inFiveMinutes} attempts in five minutes`);
      assert.ok(events.includes("Warning ReconcileError"), events.join(", "));
      assert.ok(isInstalled("0.5.0")(await world.simulation.onboarding.client.get<ServiceObj>(OCM)));
      await world.stop();
    });
  }
});

type Refused = { isOn: boolean; count: number; readonly intercept: Intercept };

/** Refuses some requests while it is on, or the first `most` of them. */
function refuse(options: {
  readonly code: 403 | 409 | 500;
  readonly path: string;
  readonly method?: string;
  readonly most?: number;
}): Refused {
  const { code, path, method = "PATCH", most = Number.POSITIVE_INFINITY } = options;
  const isMeant = ({ text }: RequestOnItsWay): boolean => text.includes(` ${method} `) && text.includes(path);
  const refused: Refused = {
    isOn: false,
    count: 0,
    intercept: (request) => {
      if (!refused.isOn || refused.count >= most || !isMeant(request)) {
        return request.send();
      }
      refused.count += 1;
      return Promise.resolve(refusalOf(code));
    },
  };
  return refused;
}

function refusalOf(code: keyof typeof REASONS): SimResponse {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", message: "no", reason: REASONS[code], code };
  return { status: code, headers: { "content-type": "application/json" }, body: bytesOf(JSON.stringify(status)) };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

async function installed(intercept?: Intercept): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(4, intercept);
  world.startProvider();
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  await world.simulation.onboarding.client.create(ocm(plane, "0.4.0"));
  await world.untilOcm(plane, isInstalled("0.4.0"));
  return world;
}

async function setVersion({ simulation }: SimulatedWorld, version: string): Promise<void> {
  await simulation.onboarding.client.patchMerge(OCM, { spec: { version } });
}

async function eventsOf({ simulation }: SimulatedWorld): Promise<readonly string[]> {
  const events = await simulation.onboarding.client.list(kindOf("event"));
  return events.map((event) => `${textAt(event, "type")} ${textAt(event, "reason")}`);
}

function generationsOf({ status }: ServiceObj): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(
    (status?.conditions ?? []).map(({ type, observedGeneration }) => [type, observedGeneration]),
  );
}
