import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Retry } from "./controller.ts";
import { areSame, type Basis, RestingKeys } from "./rest.ts";

const LATER: Retry = { afterMs: 60_000 };

/** A key whose reconcile is made again and again, and what it depends on. */
function world() {
  const now = {
    basis: ["a", 1] as Basis | undefined,
    isPassing: false,
    isCovered: true,
    requests: 0 as number | undefined,
  };
  const keys = new RestingKeys({
    basisOf: () => now.basis,
    isPassing: () => now.isPassing,
    isCovered: () => now.isCovered,
    requests: () => now.requests,
  });
  /** Whether a reconcile was made. `act` is what it does. */
  const isMade = async (act: () => Retry = () => LATER): Promise<boolean> => {
    let made = false;
    await keys.reconcile("key", () => {
      made = true;
      return Promise.resolve(act());
    });
    return made;
  };
  return { now, keys, isMade };
}

describe("a key at rest", () => {
  it("is not reconciled as long as nothing has changed that the last reconcile depended on", async () => {
    const { isMade, keys } = world();
    assert.ok(await isMade());

    assert.ok(!(await isMade()));
    assert.ok(!(await isMade()));
    assert.deepEqual(await keys.reconcile("key", () => Promise.reject(new Error("expected no reconcile"))), LATER);
  });

  it("is not one whose reconcile has left something to do", async () => {
    const { isMade } = world();
    assert.ok(await isMade(() => ({ afterMs: 5000, urgency: "sweep" })));

    assert.ok(await isMade());
    assert.ok(!(await isMade()));
  });

  it("is one of its own", async () => {
    const { isMade, keys } = world();
    await isMade();

    await assert.rejects(
      keys.reconcile("other", () => Promise.reject(new Error("made"))),
      /made/,
    );
  });

  it("is reconciled when a value is another one, or there are more, although nobody has told of it", async () => {
    const { isMade, now } = world();
    for (const basis of [["a", 2], ["a", 2, undefined], ["a"], [], ["a", 1]]) {
      now.basis = basis;
      assert.ok(await isMade(), JSON.stringify(basis));
      assert.ok(!(await isMade()), JSON.stringify(basis));
    }
  });

  it("is reconciled each time while what it depends on cannot be told", async () => {
    const { isMade, now } = world();
    await isMade();

    now.basis = undefined;

    assert.ok(await isMade());
    assert.ok(await isMade());
  });

  it("is reconciled when something else than what it depends on asks for it", async () => {
    const { isMade, now } = world();
    await isMade();

    now.isCovered = false;

    assert.ok(await isMade());
    now.isCovered = true;
    assert.ok(!(await isMade()));
  });

  it("is reconciled once it was forgotten", async () => {
    const { isMade, keys } = world();
    await isMade();

    keys.forget("key");

    assert.ok(await isMade());
  });
});

describe("a reconcile", () => {
  const { now: start } = world();
  const restless: Readonly<Record<string, (now: typeof start) => Retry>> = {
    "that has sent a request": (now) => {
      now.requests = (now.requests ?? 0) + 1;
      return LATER;
    },
    "after which other values are there": (now) => {
      now.basis = ["a", (now.basis?.length ?? 0) + Math.random()];
      return LATER;
    },
    "in a state that is only passed through": (now) => {
      now.isPassing = true;
      return LATER;
    },
    "that has failed": () => "backoff",
    "that is not to be repeated by time": () => "never",
    "of which nobody knows whether it has sent a request": (now) => {
      now.requests = undefined;
      return LATER;
    },
  };
  for (const [what, act] of Object.entries(restless)) {
    it(`${what} spares no other one`, async () => {
      const { now, isMade } = world();

      await isMade(() => act(now));

      assert.ok(await isMade(() => act(now)));
    });
  }

  it("that throws spares no other one, and what was known from before is forgotten", async () => {
    const { now, keys, isMade } = world();
    await isMade();
    now.isCovered = false;
    await assert.rejects(
      keys.reconcile("key", () => Promise.reject(new Error("refused"))),
      /refused/,
    );

    now.isCovered = true;

    assert.ok(await isMade());
  });

  it("is spared in a state that is only passed through, and made afterwards where that has left another one", async () => {
    const { now, isMade } = world();
    await isMade();

    now.isPassing = true;
    assert.ok(!(await isMade()));
    now.isPassing = false;
    now.basis = ["b"];

    assert.ok(await isMade());
  });
});

describe("values", () => {
  it("are the same one by one, by identity", () => {
    const object = {};
    assert.ok(areSame([object, "a", Number.NaN], [object, "a", Number.NaN]));
    assert.ok(!areSame([{}], [{}]));
    assert.ok(!areSame(["a"], undefined));
  });
});
