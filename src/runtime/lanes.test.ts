import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { Lanes, type Urgency } from "./lanes.ts";

const urgencies: readonly Urgency[] = ["news", "order", "sweep"];

function filled(...entries: readonly (readonly [key: string, urgency: Urgency])[]): Lanes {
  const lanes = new Lanes();
  entries.forEach(([key, urgency]) => lanes.add(key, urgency));
  return lanes;
}

function takeAll(lanes: Lanes): readonly string[] {
  const taken: string[] = [];
  for (let key = lanes.take(); key !== undefined; key = lanes.take()) {
    taken.push(key);
  }
  return taken;
}

const numbered = (prefix: string, count: number, urgency: Urgency): (readonly [string, Urgency])[] =>
  Array.from({ length: count }, (_, number) => [`${prefix}${number}`, urgency]);

describe("Lanes", () => {
  it("hand out the most urgent first, and in the order of coming among the same", () => {
    const lanes = filled(["c", "sweep"], ["b", "order"], ["a2", "news"], ["a1", "news"]);

    assert.equal(lanes.size, 4);
    assert.deepEqual(takeAll(lanes), ["a2", "a1", "b", "c"]);
    assert.equal(lanes.size, 0);
  });

  it("let each lane have its share, however many keys the others have", () => {
    const lanes = filled(...numbered("news", 64, "news"), ...numbered("order", 64, "order"), ["swept", "sweep"]);

    const taken = Array.from({ length: 64 }, () => lanes.take() ?? "");

    assert.equal(taken.filter((key) => key.startsWith("order")).length, 8);
    assert.deepEqual([taken.indexOf("order0"), taken.indexOf("order1")], [7, 15]);
    assert.equal(taken.indexOf("swept"), 16);
  });

  it("begin to count the share of a lane when a key waits in it", () => {
    const lanes = filled(...numbered("news", 20, "news"));
    Array.from({ length: 10 }, () => lanes.take());

    lanes.add("order", "order");

    assert.deepEqual(
      Array.from({ length: 3 }, () => lanes.take()),
      ["news10", "news11", "news12"],
    );
  });

  it("let namespaces take turns", () => {
    const lanes = filled(["many/1", "order"], ["many/2", "order"], ["many/3", "order"], ["few/1", "order"]);

    assert.deepEqual(takeAll(lanes), ["many/1", "few/1", "many/2", "many/3"]);
  });

  it("move a key that becomes more urgent, and never one that becomes less so", () => {
    const lanes = filled(["a", "order"], ["b", "news"], ["c", "sweep"]);

    lanes.add("c", "news");
    lanes.add("b", "sweep");

    assert.equal(lanes.size, 3);
    assert.deepEqual(takeAll(lanes), ["b", "c", "a"]);
  });

  it("hand out exactly the keys that wait, each once, whatever is added when", () => {
    const add = fc.record({
      namespace: fc.nat({ max: 3 }),
      name: fc.nat({ max: 8 }),
      urgency: fc.constantFrom(...urgencies),
    });
    const step = fc.oneof({ weight: 3, arbitrary: add }, { weight: 2, arbitrary: fc.constant("take") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lanes = new Lanes();
        const waiting = new Set<string>();
        const take = (): void => {
          const key = lanes.take();
          assert.equal(key === undefined, waiting.size === 0);
          if (key !== undefined) {
            assert.ok(waiting.delete(key), `${key} was handed out and did not wait`);
          }
          assert.equal(lanes.size, waiting.size);
        };
        for (const one of steps) {
          if (one === "take") {
            take();
          } else {
            const key = `${one.namespace}/${one.name}`;
            lanes.add(key, one.urgency);
            waiting.add(key);
          }
        }
        while (waiting.size > 0) {
          take();
        }
        take();
      }),
    );
  });

  it("starve no key, whatever others are added again and again", () => {
    const rival = fc.record({ namespace: fc.nat({ max: 3 }), urgency: fc.constantFrom(...urgencies) });
    fc.assert(
      fc.property(fc.constantFrom(...urgencies), fc.array(rival, { minLength: 1, maxLength: 8 }), (urgency, rivals) => {
        const lanes = filled(["0/victim", urgency]);
        const addRivals = (): void =>
          rivals.forEach((one, number) => lanes.add(`${one.namespace}/rival${number}`, one.urgency));
        addRivals();

        let turns = 1;
        while (lanes.take() !== "0/victim") {
          addRivals();
          turns += 1;
          assert.ok(turns <= 16 * 4 * (rivals.length + 1), `not handed out after ${turns} turns`);
        }
      }),
    );
  });
});
