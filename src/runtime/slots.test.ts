import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Slots } from "./slots.ts";

describe("Slots", () => {
  it("hands out as many as there are, and then what is given back, in the order of coming", async () => {
    const slots = new Slots(2);
    const taken: number[] = [];
    const takers = [1, 2, 3, 4].map((number) => slots.take().then(() => taken.push(number)));
    await Promise.resolve();
    const atFirst = [...taken];

    slots.give();
    slots.give();
    await Promise.all(takers);

    assert.deepEqual(atFirst, [1, 2]);
    assert.deepEqual(taken, [1, 2, 3, 4]);
  });

  it("follows a new number: more serve who waits, and fewer are given back first", async () => {
    const slots = new Slots(1);
    const counts: number[] = [];
    slots.onResize((count) => counts.push(count));
    const taken: number[] = [];
    await slots.take();
    const takers = [1, 2, 3].map((number) => slots.take().then(() => taken.push(number)));

    slots.resize(3);
    await Promise.resolve();
    const afterMore = [...taken];
    slots.resize(1);
    slots.give();
    slots.give();
    await Promise.resolve();
    const afterFewer = [...taken];
    const isFullThen = slots.isFull;
    slots.give();
    await Promise.all(takers);

    assert.deepEqual(
      [afterMore, afterFewer, taken],
      [
        [1, 2],
        [1, 2],
        [1, 2, 3],
      ],
    );
    assert.deepEqual([counts, isFullThen, slots.count], [[3, 1], true, 1]);
  });

  it("lends a slot while its holder waits, who has one again afterwards, also when the wait fails", async () => {
    const slots = new Slots(1);
    await slots.take();
    const wait = Promise.withResolvers<never>();
    const lending = slots.lend(() => wait.promise);

    await slots.take();
    wait.reject(new Error("nobody answers"));
    slots.give();
    await assert.rejects(lending, /nobody answers/);

    let isTaken = false;
    void slots.take().then(() => (isTaken = true));
    await Promise.resolve();
    assert.equal(isTaken, false);
  });
});
