import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";

import { playSeeds } from "./play-seeds.ts";
import { LAST_CRASH_SEED } from "./schedule.ts";

const CRASHES = 20;
const OTHERS = 60;

// All of them take `npm run chaos`; these are spread over every place of a crash, and the first of the others.
const step = 1 + Math.floor(LAST_CRASH_SEED / (CRASHES + 1));
const crashes = Array.from({ length: CRASHES }, (_, index) => 1 + index * step);
const others = Array.from({ length: OTHERS }, (_, index) => LAST_CRASH_SEED + 1 + index);

describe("a life with faults", () => {
  it("ends as one without, and breaks no rule on the way", async () => {
    const broken: string[] = [];
    for await (const { schedule, violations } of playSeeds([...crashes, ...others], {
      minutes: Infinity,
      workers: availableParallelism(),
    })) {
      broken.push(...violations.map((violation) => `npm run chaos -- --seed ${schedule.seed}: ${violation}`));
    }

    assert.deepEqual(broken, []);
  });
});
