import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Turns } from "./turns.ts";

describe("Turns", () => {
  it("lets so many work at a time, and the others in the order in which they came", async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
    const outcomes = ends.map(({ promise }, index) =>
      turns.take(() => {
        begun.push(index);
        return promise;
      }),
    );

    assert.deepEqual(begun, [0, 1]);
    ends[1]?.resolve(11);
    assert.equal(await outcomes[1], 11);
    assert.deepEqual(begun, [0, 1, 2]);
    ends.forEach(({ resolve }, index) => resolve(index));
    assert.deepEqual(await Promise.all(outcomes), [0, 11, 2, 3]);
    assert.deepEqual(begun, [0, 1, 2, 3]);
  });

  it("goes on after work that has failed", async () => {
    const turns = new Turns(1);
    const failed = turns.take(() => Promise.reject(new Error("no")));
    const after = turns.take(() => Promise.resolve("yes"));

    await assert.rejects(failed, /no/);
    assert.equal(await after, "yes");
  });
});
