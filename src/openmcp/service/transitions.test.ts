import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Condition } from "../../kube/object.ts";
import type { ServiceObject } from "./status.ts";
import { recordTransitions, type Transition } from "./transitions.ts";

describe("recordTransitions", () => {
  it("warns of a deletion that fails, with the reason of the condition that is to blame", () => {
    const failed = deleting("UninstallFailed", "401: Unauthorized");

    assert.deepEqual(eventsOf({ before: deleting("Removing", "is being removed"), after: failed, isFailure: true }), [
      { type: "Warning", reason: "UninstallFailed", message: "401: Unauthorized" },
    ]);
  });

  it("tells of a deletion that goes on without alarm", () => {
    const after = deleting("RemovingChart", "waiting for Flux");

    assert.deepEqual(eventsOf({ before: deleting("Removing", "is being removed"), after, isFailure: false }), [
      { type: "Normal", reason: "RemovingChart", message: "waiting for Flux" },
    ]);
  });

  it("says nothing twice", () => {
    const same = deleting("UninstallFailed", "401: Unauthorized");

    assert.deepEqual(eventsOf({ before: same, after: same, isFailure: true }), []);
  });
});

function refuse(): Promise<never> {
  return Promise.reject(new Error("expected no request"));
}

function eventsOf(transition: Transition): readonly object[] {
  const recorded: object[] = [];
  const client = { create: refuse, mergePatch: refuse };
  const events = { record: (_client: object, _object: object, event: object) => void recorded.push(event) };
  recordTransitions({ client, events }, transition);
  return recorded;
}

function deleting(reason: string, message: string): ServiceObject {
  const conditions = [condition("Ready", "Terminating", message), condition("Removed", reason, message)];
  return {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "one" },
    status: { observedGeneration: 1, phase: "Terminating", conditions },
  };
}

function condition(type: string, reason: string, message: string): Condition {
  return { type, status: "False", reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" };
}
