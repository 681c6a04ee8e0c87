import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { WantedCondition } from "../../runtime/conditions.ts";
import { StatusDebounce } from "./status-debounce.ts";
import type { ServiceObject } from "./status.ts";

const fetching = [
  { type: "Ready", status: "False", reason: "Reconciling", message: "fetching" },
  { type: "ChartReady", status: "False", reason: "ChartFetching", message: "fetching" },
] as const;
const unpacking = fetching.map((condition) => ({ ...condition, message: "unpacking" }));

const fetched = [fetching[0], { ...fetching[1], status: "True" }] as const;

describe("StatusDebounce", () => {
  it("lets other words wait, for five seconds at most", () => {
    const progress = new StatusDebounce();

    assert.equal(progress.waitMs(objectWith(fetching), { conditions: unpacking }, 1000), 5000);
    assert.equal(progress.waitMs(objectWith(fetching), { conditions: unpacking }, 4000), 2000);
    assert.equal(progress.waitMs(objectWith(fetching), { conditions: unpacking }, 6000), 0);
  });

  it("lets one more thing that is done wait, as long as the whole is not", () => {
    assert.equal(new StatusDebounce().waitMs(objectWith(fetching), { conditions: fetched }, 1000), 5000);
  });

  it("lets details wait while a removal waits for the same thing", () => {
    const removing = fetching.map((condition) => ({ ...condition, reason: "Terminating" }));

    assert.equal(new StatusDebounce().waitMs(objectWith(removing), { conditions: removing }, 1000), 5000);
  });

  it("lets the further steps of a removal wait that takes its course", () => {
    const wanted = { conditions: removal("going"), isStep: true };

    assert.equal(new StatusDebounce().waitMs(objectWith(removal("gone")), wanted, 1000), 5000);
  });

  it("begins to count anew after a write", () => {
    const progress = new StatusDebounce();
    progress.waitMs(objectWith(fetching), { conditions: unpacking }, 1000);

    progress.forget("x");

    assert.equal(progress.waitMs(objectWith(fetching), { conditions: unpacking }, 4000), 5000);
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
      assert.equal(new StatusDebounce().waitMs(object, { conditions: wanted }, 1000), 0);
    });
  }
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
