import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { conditionsOfFollower } from "./follower.ts";
import type { ServiceObject } from "./status.ts";

type Thing = ServiceObject & { readonly spec: { readonly version: string } };

const AT = { lastTransitionTime: "2026-01-01T00:00:00Z", observedGeneration: 2 };
const READY = { type: "Ready", status: "True", reason: "ReconcileSuccess", message: "installed", ...AT } as const;
const CHART = { type: "ChartReady", status: "True", reason: "Fetched", message: "fetched", ...AT } as const;
const comparison = { asksFor: ({ spec }: Thing): string => `version ${spec.version}` };

function thing(group: string, version: string, metadata: Partial<Thing["metadata"]> = {}): Thing {
  return {
    apiVersion: `${group}/v1`,
    kind: "Thing",
    metadata: { name: "a", namespace: "b", generation: 2, ...metadata },
    spec: { version },
    status: { observedGeneration: 2, phase: "Ready", conditions: [READY, CHART] },
  };
}

function summaryOf(conditions: ReturnType<typeof conditionsOfFollower>): readonly string[] {
  return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

describe("conditionsOfFollower", () => {
  it("repeats the leader's where both ask for the same, and names the leader", () => {
    const conditions = conditionsOfFollower({ leader: thing("new", "1"), follower: thing("old", "1") }, comparison);

    assert.deepEqual(summaryOf(conditions), [
      "Ready=True ReconcileSuccess",
      "Follows=True LedByOtherGroup",
      "ChartReady=True Fetched",
    ]);
    assert.match(conditions[1]?.message ?? "", /Thing of API group new .* leads .* can be deleted/u);
  });

  it("is not Ready for a version that the leader does not ask for, and says both", () => {
    const conditions = conditionsOfFollower({ leader: thing("new", "2"), follower: thing("old", "1") }, comparison);

    assert.deepEqual(summaryOf(conditions), ["Ready=False ReconcileError", "Follows=False LeaderDiffers"]);
    assert.match(
      conditions[0]?.message ?? "",
      /Thing of API group new .* asks for version 2: version 1 is not in effect/u,
    );
  });

  for (const [what, version, isSame] of [
    ["both have the same spec, though nobody can read it", "1", false],
    ["two specs mean the same", "01", true],
  ] as const) {
    it(`repeats the leader's where ${what}`, () => {
      const pair = { leader: thing("new", version), follower: thing("old", "1") };

      const conditions = conditionsOfFollower(pair, { isSame: () => isSame });

      assert.deepEqual(summaryOf(conditions).slice(0, 2), [
        "Ready=True ReconcileSuccess",
        "Follows=True LedByOtherGroup",
      ]);
    });
  }

  it("does not repeat what the leader's status says of an earlier generation", () => {
    const leader = thing("new", "1", { generation: 3 });

    const conditions = conditionsOfFollower({ leader, follower: thing("old", "1") }, comparison);

    assert.deepEqual(summaryOf(conditions), ["Ready=False Reconciling", "Follows=True LedByOtherGroup"]);
  });

  it("speaks of the leader alone where it is not known what one of them asks for", () => {
    const pair = { leader: thing("new", "2"), follower: thing("old", "1") };

    const [ready] = conditionsOfFollower(pair, { asksFor: () => undefined });

    assert.match(ready?.message ?? "", /with the same name leads: what this object asks for is not in effect/u);
  });

  const deletionTimestamp = "2026-01-01T00:00:00Z";
  const ignored = { annotations: { "openmcp.cloud/operation": "ignore" } };
  for (const [what, ofLeader, ofFollower, message] of [
    [
      "the hand-over",
      {},
      { deletionTimestamp },
      /^waiting for the Thing of API group new to take the installation over/u,
    ],
    ["a leader that is ignored", ignored, { deletionTimestamp }, /new, which has the annotation .*: ignore, to take/u],
    ["others", { finalizers: ["new/finalizer"] }, { deletionTimestamp }, /has taken .* waiting for others to remove/u],
    ["the leader", { generation: 3 }, {}, /^waiting for the Thing of API group new to be served/u],
    ["an ignored leader", { generation: 3, ...ignored }, {}, /which has the annotation .*: ignore, to be served/u],
  ] as const) {
    it(`waits for ${what}`, () => {
      const pair = { leader: thing("new", "1", ofLeader), follower: thing("old", "1", ofFollower) };

      const [ready] = conditionsOfFollower(pair, comparison);

      assert.equal(ready?.status, "False");
      assert.match(ready.message, message);
    });
  }
});
