import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { createLogger } from "./log.ts";
import {
  afterReduction,
  firstReduction,
  judgeMemory,
  type MemoryReducerOptions,
  parseResident,
  reduceMemory,
  type Reduction,
  type Resident,
  type Usage,
} from "./memory-reducer.ts";

const MEBIBYTE = 2 ** 20;
const EVERY_MS = 2000;

/** Resident memory in MiB, and CPU in ms since the look before. */
type Look = readonly [mebibytes: number, cpuMs: number];

/** Says at which looks memory is reduced when each time costs `costMs` and leaves `level` MiB. */
function reductions(looks: readonly Look[], { costMs = 60, level = 40 } = {}): readonly number[] {
  let usage: Usage = { nowMs: 0, cpuMs: 300, residentBytes: 95 * MEBIBYTE };
  let reduction: Reduction = firstReduction(usage, 12 * MEBIBYTE);
  return looks.flatMap(([mebibytes, cpuMs], index) => {
    usage = { nowMs: usage.nowMs + EVERY_MS, cpuMs: usage.cpuMs + cpuMs, residentBytes: mebibytes * MEBIBYTE };
    const { isDue, next } = judgeMemory(reduction, usage);
    reduction = next;
    if (isDue) {
      usage = { ...usage, cpuMs: usage.cpuMs + costMs, residentBytes: level * MEBIBYTE };
      reduction = afterReduction(next, usage);
    }
    return isDue ? [index] : [];
  });
}

function times(count: number, look: Look): readonly Look[] {
  return Array.from({ length: count }, () => look);
}

function gaps(numbers: readonly number[]): readonly number[] {
  return numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0));
}

const QUIET = 5;
const BUSY = 500;

describe("the memory of a process is reduced", () => {
  it("once it is quiet after the start", () => {
    assert.deepEqual(reductions([[95, BUSY], [97, BUSY], [97, QUIET], ...times(100, [43, QUIET])]), [2]);
  });

  it("not while it is busy", () => {
    assert.deepEqual(reductions(times(100, [300, BUSY])), []);
  });

  it("again after work, as soon as that has ended", () => {
    const looks = [
      [97, QUIET],
      ...times(10, [43, QUIET]),
      ...times(20, [250, BUSY]),
      [250, QUIET],
      [43, QUIET],
    ] as const;

    assert.deepEqual(reductions(looks), [0, 31]);
  });

  it("once more for less after work, when a quarter of a minute later it has ended for good", () => {
    const work = [...times(20, [250, BUSY]), [250, QUIET]] as const;

    assert.deepEqual(reductions([...work, ...times(100, [43, QUIET])]), [20]);
    assert.deepEqual(reductions([...work, ...times(100, [45, QUIET])]), [20, 28]);
    assert.deepEqual(reductions([...work, ...times(7, [45, QUIET]), [45, BUSY], ...times(100, [45, QUIET])]), [20, 29]);
  });

  it("for less after work that has hardly filled the memory, and once more", () => {
    const start = [[97, QUIET], ...times(10, [45, QUIET])] as const;

    const looks = [...start, ...times(20, [45, BUSY]), ...times(100, [45, QUIET])];

    assert.deepEqual(reductions(looks), [0, 8, 31, 39]);
  });

  it("not once more for less when that costs much, until it has paused", () => {
    const work = [...times(20, [250, BUSY]), [250, QUIET]] as const;

    assert.deepEqual(reductions([...work, ...times(100, [45, QUIET])], { costMs: 300 }), [20, 35]);
  });

  it("not for a little more than after the last time", () => {
    const start = [[400, QUIET], ...times(8, [310, QUIET]), ...times(6, [300, QUIET])] as const;

    assert.deepEqual(reductions([...start, ...times(100, [329, QUIET])], { level: 300 }), [0, 8]);
    assert.deepEqual(reductions([...start, ...times(18, [329, QUIET]), [331, QUIET]], { level: 300 }), [0, 8, 33]);
  });

  it("not for what comes back soon, as it is needed all the time", () => {
    const start = [[97, QUIET], ...times(13, [50, QUIET])] as const;

    assert.deepEqual(reductions([...start, ...times(100, [61, QUIET])]), [0, 8]);
    assert.deepEqual(reductions([...start, ...times(19, [50, QUIET]), [62, QUIET], [50, QUIET]]), [0, 8, 33]);
  });

  it("ever more rarely when it grows in silence", () => {
    assert.deepEqual(gaps(reductions(times(1500, [97, QUIET]))), [5, 25, 125, 300, 300, 300, 300]);
  });

  it("rarely when that costs much, even if it works in between", () => {
    const looks = Array.from({ length: 400 }, (_, index): Look => [300, index % 2 === 0 ? BUSY : QUIET]);

    const pauses = gaps(reductions(looks, { costMs: 400 }));

    assert.equal(Math.min(...pauses), 20);
  });
});

/** Counts what is returned of a process at rest in a minute. */
async function returned({ look }: Pick<MemoryReducerOptions, "look">): Promise<{ free: number; unmap: number }> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const count = { free: 0, unmap: 0 };
  const ended = reduceMemory({
    clock,
    log: createLogger({ level: "silent", pretty: false }),
    signal: stop.signal,
    process,
    free: () => void count.free++,
    unmap: () => void count.unmap++,
    ...(look && { look }),
  });

  // The clock runs ahead of the CPU time of this process.
  await clock.advance(60_000);
  stop.abort();
  await ended;
  return count;
}

describe("reduceMemory", () => {
  it("frees memory of a process at rest, and ends when it is told to", async () => {
    const { free } = await returned({});

    assert.ok(free > 0);
  });

  it("only unmaps files when nothing else has grown", async () => {
    let ofFiles = 10 * MEBIBYTE;
    const look = (): Resident => ({ own: 30 * MEBIBYTE, ofFiles: (ofFiles += MEBIBYTE) });

    const { free, unmap } = await returned({ look });

    assert.equal(free, 1, "after the start");
    assert.ok(unmap > 1);
  });

  it("unmaps files whenever it has freed memory, however few they are", async () => {
    let own = 30 * MEBIBYTE;
    const look = (): Resident => ({ own: (own += 5 * MEBIBYTE), ofFiles: MEBIBYTE });

    const { free, unmap } = await returned({ look });

    assert.ok(free > 0);
    assert.equal(unmap, free);
  });
});

describe("what a process holds", () => {
  it("is told by the kernel, its own memory apart from pages of files", () => {
    const status = "VmRSS:\t   80000 kB\nRssAnon:\t   50000 kB\nRssFile:\t   30000 kB\nRssShmem:\t       0 kB\n";

    assert.deepEqual(parseResident(status), { own: 50_000 * 1024, ofFiles: 30_000 * 1024 });
  });

  it("is not told apart where the kernel does not", () => {
    assert.equal(parseResident(""), undefined);
  });
});
