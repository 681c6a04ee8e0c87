import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { WantedCondition } from "../../runtime/conditions.ts";
import { soonest, StatusDebounce } from "./status-debounce.ts";
import type { ServiceObject } from "./status.ts";

const fetching = [
  { type: "Ready", status: "False", reason: "Reconciling", message: "fetching" },
  { type: "ChartReady", status: "False", reason: "ChartFetching", message: "fetching" },
] as const;
const unpacking = fetching.map((condition) => ({ ...condition, message: "unpacking" }));

const fetched = [fetching[0], { ...fetching[1], status: "True" }] as const;

const installed = fetched.map((condition) => ({ ...condition, status: "True" }) as const);

describe("StatusDebounce", () => {
  it("lets other words wait, for five seconds at most", () => {
    const progress = new StatusDebounce();

    assert.deepEqual(progress.wait(objectWith(fetching), { conditions: unpacking }, 1000), { afterMs: 5000 });
    assert.deepEqual(progress.wait(objectWith(fetching), { conditions: unpacking }, 4000), { afterMs: 2000 });
    assert.equal(progress.wait(objectWith(fetching), { conditions: unpacking }, 6000), undefined);
  });

  it("lets one more thing that is done wait, as long as the whole is not", () => {
    assert.deepEqual(new StatusDebounce().wait(objectWith(fetching), { conditions: fetched }, 1000), { afterMs: 5000 });
  });

  it("lets details wait while a removal waits for the same thing", () => {
    const removing = fetching.map((condition) => ({ ...condition, reason: "Terminating" }));

    assert.deepEqual(new StatusDebounce().wait(objectWith(removing), { conditions: removing }, 1000), {
      afterMs: 5000,
    });
  });

  it("lets the further steps of a removal wait that takes its course", () => {
    const wanted = { conditions: removal("going"), isStep: true };

    assert.deepEqual(new StatusDebounce().wait(objectWith(removal("gone")), wanted, 1000), { afterMs: 5000 });
  });

  it("begins to count anew after a write", () => {
    const progress = new StatusDebounce();
    progress.wait(objectWith(fetching), { conditions: unpacking }, 1000);

    progress.forget("x");

    assert.deepEqual(progress.wait(objectWith(fetching), { conditions: unpacking }, 4000), { afterMs: 5000 });
  });

  describe("of an object that was held", () => {
    it("lets progress wait behind everything else, for five seconds at most, though it is Ready no more", () => {
      const progress = new StatusDebounce();

      assert.ok(progress.hold(objectWith(installed), 1000));

      assert.deepEqual(progress.wait(objectWith(installed), { conditions: fetching }, 2000), {
        afterMs: 4000,
        urgency: "sweep",
      });
      assert.equal(progress.wait(objectWith(installed), { conditions: fetching }, 6000), undefined);
    });

    it("counts from the first time, however often it is held again", () => {
      const progress = new StatusDebounce();

      progress.hold(objectWith(installed), 1000);
      progress.hold(objectWith(installed), 5000);

      assert.equal(progress.wait(objectWith(installed), { conditions: fetching }, 6000), undefined);
    });

    const told: readonly (readonly [string, ServiceObject, readonly WantedCondition[]])[] = [
      ["a failure", objectWith(installed), [{ ...fetching[0], reason: "ReconcileError" }, fetching[1]]],
      ["a deletion", objectWith(installed), [{ ...fetching[0], reason: "Terminating" }, fetching[1]]],
      ["a new generation", objectWith(installed, 2), fetching],
      ["a condition that is new", objectWith(installed.slice(0, 1)), fetching],
    ];
    for (const [what, object, wanted] of told) {
      it(`lets ${what} be written at once`, () => {
        const progress = new StatusDebounce();
        progress.hold(objectWith(installed), 1000);

        assert.equal(progress.wait(object, { conditions: wanted }, 1000), undefined);
      });
    }

    it("lets it be written at once that it is Ready no more when it was Ready meanwhile", () => {
      const progress = new StatusDebounce();
      progress.hold(objectWith(installed), 1000);

      progress.forget("x");

      assert.equal(progress.wait(objectWith(installed), { conditions: fetching }, 2000), undefined);
    });
  });

  it("holds no object that is not Ready for what it asks for now", () => {
    assert.ok(!new StatusDebounce().hold(objectWith(fetched), 1000));
    assert.ok(!new StatusDebounce().hold(objectWith(installed, 2), 1000));
  });

  const urgent: readonly (readonly [string, ServiceObject, readonly WantedCondition[]])[] = [
    ["a first status", objectWith([]), fetching],
    ["a flip to False", objectWith(fetched), fetching],
    ["a failure", objectWith(fetching), [{ ...fetching[0], reason: "ReconcileError" }, fetching[1]]],
    ["the end of a failure", objectWith([{ ...fetching[0], reason: "ReconcileError" }, fetching[1]]), fetching],
    ["a deletion", objectWith(fetching), [{ ...fetching[0], reason: "Terminating" }, fetching[1]]],
    ["what keeps a removal from taking its course", objectWith(removal("gone")), removal("going")],
    ["a condition that is new", objectWith(fetching.slice(0, 1)), fetching],
    ["a new generation", objectWith(fetching, 2), unpacking],
  ];
  for (const [what, object, wanted] of urgent) {
    it(`lets ${what} be written at once`, () => {
      assert.equal(new StatusDebounce().wait(object, { conditions: wanted }, 1000), undefined);
    });
  }
});

describe("the soonest retry", () => {
  it("keeps the urgency of what is left to do, though another one comes first", () => {
    const waiting = { afterMs: 5000, urgency: "sweep" } as const;

    assert.deepEqual(soonest([waiting, { afterMs: 1000 }]), { afterMs: 1000, urgency: "sweep" });
    assert.deepEqual(soonest([{ afterMs: 9000 }, waiting, "never"]), waiting);
    assert.equal(soonest([waiting, "backoff"]), "backoff");
    assert.equal(soonest(["never", "never"]), "never");
  });
});

function removal(message: string): readonly WantedCondition[] {
  return [{ type: "Ready", status: "False", reason: "Terminating", message }];
}

function objectWith(conditions: readonly WantedCondition[], generation = 1): ServiceObject {
  const lastTransitionTime = "2026-01-01T00:00:00Z";
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "x", uid: "u", generation },
    status: {
      observedGeneration: 1,
      phase: "Progressing",
      conditions: conditions.map((condition) => ({ ...condition, lastTransitionTime })),
    },
  };
}
