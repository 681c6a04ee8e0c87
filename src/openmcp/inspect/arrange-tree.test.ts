import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Event } from "../../kube/core.ts";
import { events, secrets } from "../../kube/core.ts";
import { movedProgram } from "../command/testing/program.ts";
import { tenantNames } from "../platform/tenant-access.ts";
import type { InspectedKind } from "../service/inspection.ts";
import { arrangeTree, type Seen } from "./arrange-tree.ts";
import { rowOf } from "./tenant-row.ts";

const order = { apiVersion: "test.example/v1", kind: "Test", metadata: { name: "mcp", namespace: "ws", uid: "order" } };
const names = tenantNames({ controller: "test.example", name: "mcp", namespace: "ws" }, "mcp");
const none = { objects: [] };
const LEAK = "https://user:hunter2@registry.example.com";

function seen(parts: Partial<Seen> = {}): Seen {
  return {
    rules: movedProgram,
    row: rowOf(order, {}),
    orders: [order],
    names,
    clusterRequests: none,
    accessRequests: none,
    platform: [],
    target: [],
    events: { onboarding: none, platform: none, target: none },
    ...parts,
  };
}

function event(reason: string, at: string, more: Partial<Event> = {}): Event {
  return {
    apiVersion: "v1",
    kind: events.kind,
    metadata: { name: reason },
    involvedObject: { uid: "order" },
    reason,
    lastTimestamp: at,
    ...more,
  };
}

const kind: InspectedKind = {
  resource: secrets,
  needed: ["needed"],
  judge: () => ({ state: "failed", message: LEAK, details: { url: LEAK } }),
};

function own(name: string): Seen["orders"][number] {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, labels: names.labels } };
}

/** What is missing of an installation of which nothing is there. */
function absentFrom(phase: "Ready" | "Terminating"): readonly string[] {
  const row = { ...rowOf(order, {}), phase };
  const { children } = arrangeTree(seen({ row, platform: [{ kind, found: none }] }));
  return children.map(({ kind: name, state }) => `${name} ${state}`);
}

describe("arrangeTree", () => {
  it("shows the three latest Events of an object, however they say when they were seen", () => {
    const objects = [
      event("a", "2026-01-01T00:00:01Z"),
      event("b", "2026-01-01T00:00:05Z", { type: "Warning", count: 7 }),
      event("c", "2026-01-01T00:00:00Z", { series: { count: 9, lastObservedTime: "2026-01-01T00:00:04Z" } }),
      event("d", "2026-01-01T00:00:03Z"),
      event("else", "2026-01-01T00:00:09Z", { involvedObject: { uid: "else" } }),
    ];

    const tree = arrangeTree(seen({ events: { onboarding: { objects }, platform: none, target: none } }));

    assert.deepEqual(
      tree.events.map(({ reason, type, count }) => `${reason} ${type} ${count}`),
      ["b Warning 7", "c Normal 9", "d Normal 1"],
    );
  });

  it("lets no secret through, whoever says it", () => {
    const failure = { failure: LEAK };
    const leaking = seen({
      clusterRequests: failure,
      platform: [{ kind, found: { objects: [own("needed")] } }],
      target: failure,
      events: { onboarding: { objects: [event("a", "", { message: LEAK })] }, platform: failure, target: failure },
    });

    const text = JSON.stringify(arrangeTree(leaking));

    assert.ok(text.split("registry.example.com").length > 5, text);
    assert.doesNotMatch(text, /hunter2/);
  });

  it("misses what an installation needs, unless the installation is being removed", () => {
    assert.deepEqual(absentFrom("Ready"), ["ClusterRequest absent", "AccessRequest absent", "Secret absent"]);
    assert.deepEqual(absentFrom("Terminating"), []);
  });

  it("hangs what lies on the target below the last object of the platform", () => {
    const target = [
      { kind: { ...kind, judge: () => ({ state: "ready", message: "" }) as const }, found: { objects: [own("a")] } },
    ];

    const [, , last] = arrangeTree(
      seen({ platform: [{ kind, found: { objects: [own("needed")] } }], target }),
    ).children;

    assert.deepEqual(
      last?.children.map(({ cluster, name, state }) => `${cluster} ${name} ${state}`),
      ["mcp a ready", "mcp needed absent"],
    );
  });
});
