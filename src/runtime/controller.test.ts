import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { Backoff } from "./backoff.ts";
import { type ControllerOptions, type Retry, runController } from "./controller.ts";
import { LeadershipLostError } from "./leader.ts";
import { createLogger } from "./log.ts";
import { WorkQueue } from "./queue.ts";
import { Slots } from "./slots.ts";
import type { Tracer } from "./tracing.ts";

type Setup = {
  readonly clock: FakeClock;
  readonly queue: WorkQueue;
  readonly stop: AbortController;
  readonly run: (overrides: Partial<ControllerOptions> & Pick<ControllerOptions, "reconcile">) => Promise<void>;
};

function setup(): Setup {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const stop = new AbortController();
  const run: Setup["run"] = (overrides) =>
    runController({
      name: "test",
      queue,
      slots: new Slots(2),
      clock,
      backoff: new Backoff({ random: () => 1 }),
      log: createLogger({ level: "silent", pretty: false }),
      signal: stop.signal,
      drainMs: 10_000,
      ...overrides,
    });
  return { clock, queue, stop, run };
}

describe("runController", () => {
  it("works on as many keys at a time as it may", async () => {
    const { clock, queue, stop, run } = setup();
    const started: string[] = [];
    const running = run({
      reconcile: async (key) => {
        started.push(key);
        await clock.sleep(100);
        return "never";
      },
    });

    for (const key of ["a", "b", "c"]) {
      queue.add(key);
    }
    await clock.advance(0);
    const atFirst = [...started];
    await clock.advance(100);
    stop.abort();
    await clock.advance(100);
    await running;

    assert.deepEqual(atFirst, ["a", "b"]);
    assert.deepEqual(started, ["a", "b", "c"]);
  });

  it("lets others have their turn while it works on very many keys without waiting for anybody", async () => {
    const { queue, stop, run } = setup();
    let nowMs = 0;
    const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
    const started: string[] = [];
    const running = run({
      clock,
      reconcile: (key) => {
        started.push(key);
        nowMs += 1;
        return Promise.resolve("never");
      },
    });
    const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`);

    keys.forEach((key) => queue.add(key));
    await setImmediate();
    const atFirst = started.length;
    while (started.length < keys.length) {
      await setImmediate();
    }
    stop.abort();
    await running;

    assert.ok(atFirst < keys.length, `${atFirst} keys in one turn`);
    assert.deepEqual(started, keys);
  });

  it("works on other keys while passes wait for somebody, and on none of theirs", async () => {
    const { clock, queue, stop, run } = setup();
    const slots = new Slots(2);
    const started: string[] = [];
    const running = run({
      slots,
      reconcile: async (key) => {
        started.push(key);
        if (key !== "quick") {
          await slots.lend(() => clock.sleep(1000));
        }
        return "never";
      },
    });

    for (const key of ["a", "b", "c", "quick", "a"]) {
      queue.add(key);
    }
    await clock.advance(0);
    queue.add("a");
    await clock.advance(0);
    const meanwhile = [...started];
    await clock.advance(1000);
    stop.abort();
    await clock.advance(1000);
    await running;

    assert.deepEqual(meanwhile, ["a", "b", "c", "quick"]);
    assert.deepEqual(started, ["a", "b", "c", "quick", "a"]);
  });

  it("repeats after what the reconcile asked for, and not at all on never", async () => {
    const { clock, queue, stop, run } = setup();
    const retries: Retry[] = [{ afterMs: 5000 }, "never"];
    const times: number[] = [];
    const start = clock.now();
    const running = run({
      reconcile: () => {
        times.push(clock.now() - start);
        return Promise.resolve(retries.shift() ?? "never");
      },
    });

    queue.add("a");
    await clock.advance(60_000);
    stop.abort();
    await running;

    assert.deepEqual(times, [0, 5000]);
  });

  it("repeats failures with growing delay, whether returned or thrown, until a success", async () => {
    const { clock, queue, stop, run } = setup();
    const times: number[] = [];
    const results: string[] = [];
    const start = clock.now();
    const running = run({
      reconcile: () => {
        times.push(clock.now() - start);
        if (times.length === 1) {
          throw new Error("thrown before the first await");
        }
        return times.length === 2 ? Promise.resolve("backoff") : Promise.resolve("never");
      },
      metrics: {
        limited: (concurrency) => results.push(`limited to ${concurrency}`),
        started: () => undefined,
        finished: (result) => results.push(result),
      },
    });

    queue.add("a");
    await clock.advance(60_000);
    stop.abort();
    await running;

    assert.deepEqual(times, [0, 1000, 3000]);
    assert.deepEqual(results, ["limited to 2", "error", "error", "success"]);
  });

  it("counts a failure once for each attempt that was due, however many events come in between", async () => {
    const { clock, queue, stop, run } = setup();
    const times: number[] = [];
    const start = clock.now();
    const running = run({
      reconcile: () => {
        times.push(clock.now() - start);
        return Promise.resolve("backoff");
      },
    });

    for (let event = 0; event < 9; event += 1) {
      queue.add("a");
      await clock.advance(100);
    }
    const inTheBurst = times.length;
    await clock.advance(14_100);
    stop.abort();
    await running;

    assert.equal(inTheBurst, 9);
    assert.deepEqual(times.slice(inTheBurst), [1000, 3000, 7000, 15_000]);
  });

  it("does not put a due attempt off because of an event", async () => {
    const { clock, queue, stop, run } = setup();
    const times: number[] = [];
    const start = clock.now();
    const running = run({
      reconcile: async () => {
        times.push(clock.now() - start);
        await clock.sleep(400);
        return "backoff";
      },
    });

    queue.add("a");
    await clock.advance(1300);
    queue.add("a");
    await clock.advance(500);
    stop.abort();
    await clock.advance(400);
    await running;

    assert.deepEqual(times, [0, 1300, 1700]);
  });

  it("lets a running reconcile finish and starts no other once it is told to stop", async () => {
    const { clock, queue, stop, run } = setup();
    const ended: string[] = [];
    const running = run({
      slots: new Slots(1),
      reconcile: async (key, signal) => {
        await clock.sleep(5000, signal);
        ended.push(`${key} ${signal.aborted ? "aborted" : "finished"}`);
        return "never";
      },
    });
    queue.add("a");
    queue.add("b");
    await clock.advance(1000);

    stop.abort();
    await clock.advance(4000);
    await running;

    assert.deepEqual(ended, ["a finished"]);
    assert.equal(clock.sleeping, 0);
  });

  it("aborts a reconcile that takes longer than the drain, and leaves one that does not listen", async () => {
    const { clock, queue, stop, run } = setup();
    const start = clock.now();
    const ended: string[] = [];
    const running = run({
      reconcile: async (key, signal) => {
        await clock.sleep(key === "deaf" ? 1_000_000 : 100_000, key === "deaf" ? undefined : signal);
        ended.push(`${key} ${clock.now() - start}`);
        return "never";
      },
    });
    queue.add("slow");
    queue.add("deaf");
    await clock.advance(0);

    stop.abort();
    await clock.advance(11_000);
    await running;

    assert.deepEqual(ended, ["slow 10000"]);
  });

  it("aborts running reconciles at once when the leadership was lost", async () => {
    const { clock, queue, stop, run } = setup();
    const running = run({
      reconcile: async (_key, signal) => {
        await clock.sleep(100_000, signal);
        return "never";
      },
    });
    queue.add("a");
    await clock.advance(0);

    stop.abort(new LeadershipLostError("another process leads"));
    await clock.advance(0);
    await running;

    assert.equal(clock.sleeping, 0);
  });

  it("tells a tracer of each pass: what has caused it, which attempt it is, why it fails and how it ends", async () => {
    const { clock, queue, stop, run } = setup();
    const seen: unknown[] = [];
    const tracer: Tracer = {
      pass: async (description, work) => {
        const result = await work();
        seen.push({ ...description, result });
        return result;
      },
      failed: (error) => void seen.push(error.message),
      concluded: () => undefined,
      exchange: () => () => undefined,
    };
    const answers: (() => Promise<Retry>)[] = [
      () => Promise.reject(new Error("refused")),
      () => Promise.resolve("backoff"),
      () => Promise.resolve({ afterMs: 60_000 }),
      () => Promise.resolve("never"),
    ];
    const running = run({ tracer, reconcile: () => answers.shift()?.() ?? Promise.resolve("never") });

    queue.add("a", { cause: "Thing" });
    await clock.advance(120_000);
    stop.abort();
    await clock.advance(0);
    await running;

    const pass = { controller: "test", key: "a" };
    assert.deepEqual(seen, [
      "refused",
      { ...pass, attempt: 1, causes: ["Thing"], result: "error" },
      { ...pass, attempt: 2, causes: ["retry"], result: "error" },
      { ...pass, attempt: 3, causes: ["retry"], result: "requeue_after" },
      { ...pass, attempt: 1, causes: ["timer"], result: "success" },
    ]);
  });

  it("logs a failure once, another one as well, and that it is over", async () => {
    const { clock, queue, stop, run } = setup();
    const levels: string[] = [];
    const stream = { write: (line: string) => void levels.push((JSON.parse(line) as { level: string }).level) };
    const errors = ["refused", "refused", "no route"].map((message) => new Error(message));
    const running = run({
      log: createLogger({ level: "info", pretty: false, stream }),
      reconcile: () => {
        const error = errors.shift();
        return error === undefined ? Promise.resolve("never") : Promise.reject(error);
      },
    });

    queue.add("a");
    await clock.advance(60_000);
    queue.add("a");
    await clock.advance(0);
    stop.abort();
    await clock.advance(0);
    await running;

    assert.deepEqual(levels, ["error", "error", "info"]);
  });
});
