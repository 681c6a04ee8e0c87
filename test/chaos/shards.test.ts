import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";

import { playSeeds } from "./play-seeds.ts";
import { LAST_CRASH_SEED } from "./schedule.ts";

const CRASHES = 5;
const OTHERS = 20;

// All of them take `npm run chaos -- --shards`.
const step = Math.floor(LAST_CRASH_SEED / CRASHES);
const crashes = Array.from({ length: CRASHES }, (_, index) => 1 + index * step);
const others = Array.from({ length: OTHERS }, (_, index) => LAST_CRASH_SEED + 1 + index);

describe("a life with faults, whose tenants move between two shards", () => {
  it("ends as one without, and breaks no rule on the way", async () => {
    const [broken, unmoved]: [string[], number[]] = [[], []];
    for await (const { schedule, violations } of playSeeds([...crashes, ...others], {
      minutes: Infinity,
      workers: availableParallelism(),
      isSharded: true,
    })) {
      unmoved.push(...(schedule.isSharded === true ? [] : [schedule.seed]));
      broken.push(...violations.map((violation) => `npm run chaos -- --shards --seed ${schedule.seed}: ${violation}`));
    }

    assert.deepEqual([broken, unmoved], [[], []]);
  });
});
