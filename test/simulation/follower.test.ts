import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { configRef, CURRENT_GROUP, EARLIER_GROUP, kindOf, ocmRef, ref } from "../support/kinds.ts";
import { PlatformDecisions } from "../support/platform-decisions.ts";
import { conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { type Intercept, isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const LEADER = ocmRef({ ...plane, group: CURRENT_GROUP });
const FOLLOWER = ocmRef({ ...plane, group: EARLIER_GROUP });
const OPERATION = "openmcp.cloud/operation";
const SETTLED_AFTER_MS = 10_000;
const MOST_REQUESTS = 10;

/** Starts a world in which the toolkit is installed for an object of each of some API groups. */
async function startInstalled(
  groups: readonly string[],
  intercept?: Intercept,
  decide?: PlatformDecisions["decide"],
): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(4, intercept, { decide });
  const { clock, simulation } = world;
  const [version = ""] = simulation.charts.versions;
  await simulation.platform.client.patchMerge(configRef(), { spec: { pollInterval: "1h" } });
  world.startProvider();
  await clock.runUntil(simulation.orderControlPlane(plane));
  for (const group of groups) {
    await simulation.onboarding.client.create(ocm({ ...plane, group }, version));
    await world.until(ocmRef({ ...plane, group }), isInstalled(version));
  }
  await clock.advance(SETTLED_AFTER_MS);
  return world;
}

function accessOf(found: ServiceObj | undefined): string {
  return conditionOf(found, "AccessReady")?.message ?? "";
}

/** Whether a request changes the object that follows, and what it answers when the API server finds the object invalid. */
const isChange = (text: string): boolean => / PATCH .*\/ocm\.services\.openmcp\.cloud\/.*\/ocms\/mcp-01/.test(text);

function refuse(): ReturnType<Intercept> {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", code: 422, reason: "Invalid" };
  return Promise.resolve({ status: 422, headers: {}, body: chunksOf(JSON.stringify(status)) });
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe("an object that follows, and that no server changes any more", () => {
  it("costs few requests although somebody asks for a check on it", async () => {
    let refused: number | undefined;
    const world = await startInstalled([EARLIER_GROUP, CURRENT_GROUP], ({ text, send }) => {
      if (refused === undefined || !isChange(text)) {
        return send();
      }
      refused += 1;
      // A flood would keep the virtual time from passing.
      return refused < MOST_REQUESTS ? refuse() : never();
    });
    refused = 0;

    await world.simulation.onboarding.client.patchMerge(FOLLOWER, {
      metadata: { annotations: { [OPERATION]: "reconcile" } },
    });
    await world.clock.advance(60_000);

    assert.ok(refused > 0 && refused < MOST_REQUESTS, `found ${refused} requests`);
    await world.stop();
  });

  it("keeps the leader from nothing, and the operator reads of it", async () => {
    let isRefused = false;
    const world = await startInstalled([EARLIER_GROUP, CURRENT_GROUP], ({ text, send }) =>
      isRefused && isChange(text) ? refuse() : send(),
    );
    const { platform, onboarding, charts } = world.simulation;
    const [, newer = ""] = charts.versions;
    isRefused = true;

    await onboarding.client.patchMerge(LEADER, { spec: { version: newer } });
    await world.until(LEADER, isInstalled(newer));
    await world.clock.advance(SETTLED_AFTER_MS);

    const events = (await platform.client.list(kindOf("event", "default"))).map((event) => textAt(event, "message"));
    assert.ok(events.some((message) => message.includes(`/${EARLIER_GROUP}/`)));
    await world.stop();
  });
});

describe("an object that follows", () => {
  it("is not Ready while the leader is one that its schema would refuse, and serves again without it", async () => {
    const world = await startInstalled([EARLIER_GROUP]);
    const { client } = world.simulation.onboarding;
    await client.patchJson({ ...kindOf("crd"), name: `ocms.${CURRENT_GROUP}` }, [
      { op: "remove", path: "/spec/versions/0/schema/openAPIV3Schema/required" },
    ]);
    await world.clock.advance(SETTLED_AFTER_MS);

    await client.create({ apiVersion: LEADER.apiVersion, kind: LEADER.kind, metadata: plane });
    await world.until(LEADER, (found) =>
      /required property 'version'/.test(conditionOf(found, "Ready")?.message ?? ""),
    );
    await world.until(FOLLOWER, (found) => conditionOf(found, "Follows")?.reason === "LeaderDiffers");
    assert.deepEqual((await client.get(FOLLOWER)).metadata.finalizers, [`${EARLIER_GROUP}/finalizer`]);

    await client.delete(LEADER);
    await world.until(FOLLOWER, (found) => found !== undefined && isReady(found));
    await world.stop();
  });

  it("repeats a failure of the leader as a failure", async () => {
    const world = await startInstalled([EARLIER_GROUP, CURRENT_GROUP]);
    const { client } = world.simulation.onboarding;

    await client.patchMerge(FOLLOWER, { spec: { version: "9.9.9" } });
    await client.patchMerge(LEADER, { spec: { version: "9.9.9" } });
    await world.until(FOLLOWER, (found) => conditionOf(found, "ChartReady")?.reason === "ChartFetchFailed");
    await world.clock.advance(SETTLED_AFTER_MS);

    const events = await client.list(kindOf("event", plane.namespace));
    const failures = events.filter((event) => textAt(event, "reason") === "ChartFetchFailed");
    assert.deepEqual(
      failures.map((event) => `${textAt(event, "involvedObject", "apiVersion")} ${textAt(event, "type")}`).toSorted(),
      [CURRENT_GROUP, EARLIER_GROUP].map((group) => `${group}/v1alpha1 Warning`),
    );
    await world.stop();
  });

  it("says as the leader does that the access in the leader's name is denied, and keeps its own", async () => {
    const decisions = new PlatformDecisions();
    const namespace = tenantNamespace(plane.name, plane.namespace);
    decisions.set(ref("accessRequest", `${CURRENT_GROUP}--${plane.name}--mcp`, namespace), "deny");
    const world = await startInstalled([EARLIER_GROUP], ({ send }) => send(), decisions.decide);
    const [version = ""] = world.simulation.charts.versions;

    await world.simulation.onboarding.client.create(ocm({ ...plane, group: CURRENT_GROUP }, version));
    for (const object of [LEADER, FOLLOWER]) {
      await world.until(object, (found) => /; a new access was refused: .*denied/.test(accessOf(found)));
      await world.until(object, (found) => found !== undefined && isReady(found));
    }
    await world.stop();
  });

  it("takes the access over although its version is withdrawn", async () => {
    const world = await startInstalled([EARLIER_GROUP]);
    const { platform, onboarding, charts } = world.simulation;
    const [version = "", other = ""] = charts.versions;
    const namespace = tenantNamespace(plane.name, plane.namespace);
    await platform.client.patchMerge(configRef(), { spec: { versions: [{ version: other }] } });
    await world.until(FOLLOWER, (found) => conditionOf(found, "ChartReady")?.reason === "VersionWithdrawn");

    await onboarding.client.create(ocm({ ...plane, group: CURRENT_GROUP }, version));
    await world.until(LEADER, isInstalled(version));
    await world.clock.advance(SETTLED_AFTER_MS);

    const requests = await platform.client.list(kindOf("accessRequest", namespace));
    assert.deepEqual(
      requests.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("ocm.")),
      [`${CURRENT_GROUP}--${plane.name}--mcp`],
    );
    const [release] = await platform.client.list(kindOf("helmRelease", namespace));
    const history = listAt(release, "status", "history");
    assert.deepEqual(
      history.map((entry) => valueAt(entry, "version")),
      [1],
    );
    await world.stop();
  });
});
