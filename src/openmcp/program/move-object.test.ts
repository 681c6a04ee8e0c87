import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Condition, ObjectMeta } from "../../kube/object.ts";
import { lookForFollower, lookForLeader, type Movable, planOf, twinOf } from "./move-object.ts";
import { movedProgram } from "../command/testing/program.ts";

const to = movedProgram.resource;
const GOING = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["somebody/else"] };
const IGNORED = { annotations: { "openmcp.cloud/operation": "ignore" } };

type Changes = Partial<ObjectMeta> & Pick<Movable, "spec"> & { readonly conditions?: readonly Condition[] };

function object(apiVersion: string, { spec = { version: "1" }, conditions, ...metadata }: Changes = {}): Movable {
  return {
    apiVersion,
    kind: "Test",
    metadata: { name: "a", namespace: "ns", uid: apiVersion, generation: 2, ...metadata },
    spec,
    ...(conditions && { status: { observedGeneration: 2, phase: "Ready", conditions } }),
  };
}

const old = (changes?: Changes): Movable => object("old.example/v1", changes);
const twin = (changes?: Changes): Movable => object("test.example/v1", changes);

function planned(...pair: Parameters<typeof planOf>): string {
  const plan = planOf(...pair);
  return plan.do === "leave" ? `${plan.outcome.end}: ${plan.outcome.steps.join(", ")}` : plan.do;
}

describe("planOf", () => {
  for (const [what, found, other, expected] of [
    ["creates the twin", old(), undefined, "create"],
    ["goes on with a twin that exists", old(), twin(), "handOver"],
    ["goes on with a twin that asks for something else", old(), twin({ spec: { version: "2" } }), "handOver"],
    ["goes on after the deletion", old(GOING), twin(), "handOver"],
    ["has nothing to do for what is gone", undefined, twin(), "migrated: gone already"],
    ["has nothing to do for what was deleted meanwhile", undefined, undefined, "migrated: gone already"],
    ["creates no twin of what is being deleted", old(GOING), undefined, "skipped: skipped: is being deleted"],
    ["leaves the deletion of both alone", old(GOING), twin(GOING), "skipped: skipped: is being deleted"],
    [
      "deletes nothing while the twin is being deleted",
      old(),
      twin(GOING),
      "failed: failed: test.example/v1 is being deleted, repeat the command when it is gone",
    ],
    [
      "leaves alone what is to be ignored",
      old(IGNORED),
      undefined,
      "skipped: skipped: old.example/v1 has the annotation openmcp.cloud/operation: ignore",
    ],
    [
      "leaves alone what has a twin that is to be ignored",
      old(),
      twin(IGNORED),
      "skipped: skipped: test.example/v1 has the annotation openmcp.cloud/operation: ignore",
    ],
    [
      "leaves alone what is to be ignored while it is deleted",
      old({ ...IGNORED, ...GOING }),
      twin(),
      "skipped: skipped: old.example/v1 has the annotation openmcp.cloud/operation: ignore",
    ],
  ] as const) {
    it(what, () => {
      assert.equal(planned(found, other), expected);
    });
  }
});

describe("twinOf", () => {
  it("takes what people have written", () => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "1" };
    const said = { labels: { team: "a" }, annotations: { note: "b" }, ownerReferences: [owner] };

    assert.deepEqual(twinOf(old({ ...said, finalizers: ["old.example/finalizer"], resourceVersion: "7" }), to), {
      apiVersion: "test.example/v1",
      kind: "Test",
      metadata: { name: "a", namespace: "ns", ...said },
      spec: { version: "1" },
    });
  });

  it("leaves behind what is about the one object only", () => {
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
      "openmcp.cloud/operation": "reconcile",
    };

    assert.deepEqual(twinOf(old({ annotations }), to).metadata, { name: "a", namespace: "ns" });
  });

  it("takes an object without namespace and spec as it is", () => {
    const bare = { apiVersion: "old.example/v1", kind: "Test", metadata: { name: "a" } };

    assert.deepEqual(twinOf(bare, to), { ...bare, apiVersion: "test.example/v1" });
  });
});

function follows(observedGeneration: number, status: Condition["status"] = "True"): readonly Condition[] {
  return [{ type: "Follows", status, reason: "R", message: "", observedGeneration, lastTransitionTime: "" }];
}

describe("lookForFollower", () => {
  const held = { finalizers: ["old.example/finalizer"] };
  for (const [what, hasFinalizer, seen, isFound] of [
    ["finds what follows", true, old({ conditions: follows(2) }), true],
    ["finds what follows and asks for something else", true, old({ conditions: follows(2, "False") }), true],
    ["waits for the condition of this generation", true, old({ conditions: follows(1) }), false],
    ["waits for the first condition", true, old(), false],
    ["waits until the finalizer is gone", true, old({ conditions: follows(2), ...held }), false],
    ["asks for no finalizer where there is none", false, old({ conditions: follows(2), ...held }), true],
    ["finds what somebody has deleted", true, old({ ...GOING, ...held }), true],
    ["finds that it is gone", true, undefined, true],
  ] as const) {
    it(what, () => {
      const sighting = lookForFollower({ to, hasFinalizer })(seen);

      assert.deepEqual("found" in sighting ? sighting.found : "waiting", isFound ? seen : "waiting");
    });
  }
});

describe("lookForFollower and lookForLeader", () => {
  it("go no further when somebody wants an object to be ignored", () => {
    assert.throws(() => lookForFollower({ to, hasFinalizer: true })(old(IGNORED)), /old\.example.*: ignore/u);
    assert.throws(() => lookForLeader({ to, hasFinalizer: true })(twin(IGNORED)), /test\.example.*: ignore/u);
  });
});

describe("lookForLeader", () => {
  const held = { finalizers: ["test.example/finalizer"] };

  it("finds a twin that is served, and waits until it is", () => {
    const look = lookForLeader({ to, hasFinalizer: true });

    assert.deepEqual(look(twin(held)), { found: twin(held) });
    assert.ok("waitingFor" in look(twin()));
  });

  it("finds a twin on which nobody holds a finalizer", () => {
    assert.deepEqual(lookForLeader({ to, hasFinalizer: false })(twin()), { found: twin() });
  });

  it("goes no further when the twin goes", () => {
    for (const seen of [undefined, twin({ ...held, ...GOING })]) {
      assert.throws(
        () => lookForLeader({ to, hasFinalizer: true })(seen),
        /Test\.test\.example was deleted meanwhile/u,
      );
    }
  });
});
