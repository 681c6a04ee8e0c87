import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { Condition } from "../kube/object.ts";
import { findCondition, mergeConditions, toKubeTime, type WantedCondition } from "./conditions.ts";

const earlier = new Date("2026-01-01T10:00:00.123Z");
const later = new Date("2026-01-01T11:00:00.456Z");

const wantedConditions: fc.Arbitrary<WantedCondition[]> = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom("Ready", "Reconciling", "Stalled"),
    status: fc.constantFrom<Condition["status"]>("True", "False", "Unknown"),
    reason: fc.constantFrom("A", "B"),
    message: fc.string(),
  }),
  { selector: ({ type }) => type },
);

describe("mergeConditions", () => {
  it("keeps the time of the last flip while only words change", () => {
    const ready = { type: "Ready", status: "False", reason: "A", message: "one" } as const;
    const before = mergeConditions([], [ready], { generation: 1, now: earlier });

    const after = mergeConditions(before, [{ ...ready, reason: "B", message: "two" }], { generation: 2, now: later });

    assert.deepEqual(after, [
      {
        type: "Ready",
        status: "False",
        reason: "B",
        message: "two",
        observedGeneration: 2,
        lastTransitionTime: "2026-01-01T10:00:00Z",
      },
    ]);
  });

  it("moves the time exactly when the status flips", () => {
    fc.assert(
      fc.property(wantedConditions, wantedConditions, (first, second) => {
        const before = mergeConditions(undefined, first, { generation: 1, now: earlier });

        const after = mergeConditions(before, second, { generation: 1, now: later });

        for (const condition of after) {
          const kept = findCondition(before, condition.type)?.status === condition.status;
          assert.equal(condition.lastTransitionTime, toKubeTime(kept ? earlier : later));
        }
      }),
    );
  });

  it("changes nothing when the same is wanted again", () => {
    fc.assert(
      fc.property(wantedConditions, (wanted) => {
        const once = mergeConditions(undefined, wanted, { generation: 1, now: earlier });

        assert.deepEqual(mergeConditions(once, wanted, { generation: 1, now: later }), once);
      }),
    );
  });
});
