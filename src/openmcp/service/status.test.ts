import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import type { Condition } from "../../kube/object.ts";
import { mergeConditions } from "../../runtime/conditions.ts";
import { StalledError, WaitingError } from "../../runtime/errors.ts";
import { phaseOf, concludeError, type Report } from "./status.ts";

const anyConditions = fc.array(fc.record({ status: fc.constantFrom("True", "False", "Unknown") }));

describe("phaseOf", () => {
  it("is Ready exactly when nothing is being deleted and all conditions are True", () => {
    fc.assert(
      fc.property(fc.boolean(), anyConditions, (isDeleting, given) => {
        const allTrue = given.length > 0 && !given.some(({ status }) => status !== "True");

        assert.equal(phaseOf({ deleting: isDeleting, conditions: given }) === "Ready", !isDeleting && allTrue);
      }),
    );
  });

  it("is Terminating whatever the conditions say while the object is being deleted", () => {
    fc.assert(fc.property(anyConditions, (given) => phaseOf({ deleting: true, conditions: given }) === "Terminating"));
  });
});

const BEFORE = "2026-01-01T00:00:00Z";
const installed: Condition = {
  type: "ReleaseReady",
  status: "True",
  reason: "ReleaseInstalled",
  message: "version 0.4.0 is installed",
  observedGeneration: 1,
  lastTransitionTime: BEFORE,
};
const ready: Condition = { ...installed, type: "Ready", reason: "ReconcileSuccess" };
const gone: Report = { type: "ReleaseReady", state: "waiting", reason: "ReleaseInstalling", message: "installing" };

/** What is said beside `Ready` after an error in a pass over generation 2. */
function othersAfter(before: readonly Condition[], certain: readonly Report[] = []): readonly Condition[] {
  const { conditions } = concludeError(new Error("no"), { conditions: before, certain, deleting: false });
  return mergeConditions(before, conditions, { generation: 2, now: new Date("2026-01-02") }).slice(1);
}

describe("concludeError", () => {
  it("leaves what it knows nothing of exactly as it is", () => {
    const { observedGeneration: _none, ...ofAnOlderProvider } = { ...installed, type: "Older" };

    assert.deepEqual(othersAfter([ready, installed, ofAnOlderProvider]), [installed, ofAnOlderProvider]);
  });

  it("takes back what has certainly become untrue, for the present generation", () => {
    const [release] = othersAfter([ready, installed], [gone]);

    assert.deepEqual(
      [release?.status, release?.reason, release?.observedGeneration, release?.lastTransitionTime],
      ["False", "ReleaseInstalling", 2, "2026-01-02T00:00:00Z"],
    );
  });

  it("keeps the better words of a condition that is no other than it was", () => {
    const failed: Condition = { ...installed, status: "False", reason: "ReleaseFailed", message: "no such image" };

    assert.deepEqual(othersAfter([ready, failed], [gone]), [failed]);
  });

  it("begins no condition that the object does not have", () => {
    assert.deepEqual(othersAfter([ready], [gone]), []);
  });

  for (const [error, expected] of [
    [new Error("no"), { retry: "backoff", isFailure: true }],
    [new StalledError("InvalidObject", "no"), { retry: "never", isFailure: true }],
    [new WaitingError("BeingDeleted", "no"), { retry: "never", isFailure: false }],
    [new WaitingError("BeingDeleted", "no", { retryAfterMs: 5 }), { retry: { afterMs: 5 }, isFailure: false }],
  ] as const) {
    it(`has a pass that ends with ${error.name} repeated: ${JSON.stringify(expected.retry)}`, () => {
      const { retry, isFailure } = concludeError(error, { conditions: [], certain: [], deleting: false });

      assert.deepEqual({ retry, isFailure }, expected);
    });
  }
});
