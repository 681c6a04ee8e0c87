import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { type Loop, runGroup } from "./group.ts";
import { createLogger } from "./log.ts";

const log = createLogger({ level: "silent", pretty: false });

function loop(name: string, run: (signal: AbortSignal) => Promise<void>): Loop {
  return { name, run };
}

describe("runGroup", () => {
  it("runs all loops until it is told to stop, for the same reason", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const reasons: unknown[] = [];
    const patient = async (signal: AbortSignal): Promise<void> => {
      await clock.sleep(1_000_000, signal);
      reasons.push(signal.reason);
    };

    const running = runGroup([loop("a", patient), loop("b", patient)], {
      clock,
      log,
      signal: stop.signal,
      stopMs: 1000,
    });
    await clock.advance(1000);
    assert.deepEqual(reasons, []);
    stop.abort("shutdown");
    await running;

    assert.deepEqual(reasons, ["shutdown", "shutdown"]);
    assert.equal(clock.sleeping, 0);
  });

  it("stops the others when one fails, and throws that failure", async () => {
    const clock = new FakeClock();
    const ended: string[] = [];
    const cause = new Error("broken");
    const loops = [
      loop("good", async (signal) => {
        await clock.sleep(1_000_000, signal);
        ended.push("good");
        throw new Error("a failure that follows from the first");
      }),
      loop("bad", async () => {
        await clock.sleep(100);
        throw cause;
      }),
    ];

    const running = runGroup(loops, { clock, log, signal: new AbortController().signal, stopMs: 1000 });
    const outcome = assert.rejects(running, (error: Error) => error.message === "bad failed" && error.cause === cause);
    await clock.advance(100);
    await outcome;

    assert.deepEqual(ended, ["good"]);
  });

  it("stops the others when one ends", async () => {
    const clock = new FakeClock();
    const loops = [loop("short", () => Promise.resolve()), loop("long", (signal) => clock.sleep(1_000_000, signal))];

    await runGroup(loops, { clock, log, signal: new AbortController().signal, stopMs: 1000 });

    assert.equal(clock.sleeping, 0);
  });

  it("waits no longer than it should for a loop that does not stop", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const deaf = loop("deaf", () => new Promise(() => undefined));
    const running = runGroup([deaf], { clock, log, signal: stop.signal, stopMs: 5000 });

    stop.abort();
    await clock.advance(5000);
    await running;

    assert.equal(clock.sleeping, 0);
  });
});
