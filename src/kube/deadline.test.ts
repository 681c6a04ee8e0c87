import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { DeadlineError, withDeadline } from "./deadline.ts";
import { ManualClock } from "./testing/manual-clock.ts";

const never = (): Promise<never> => new Promise(() => undefined);

describe("withDeadline", () => {
  it("ends what takes too long, even if that does not heed its signal", async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();

    const result = assert.rejects(withDeadline({ clock, timeoutMs: 1000, signal }, never), DeadlineError);
    await clock.advance(1000);

    await result;
  });

  it("ends with the caller's signal, for the reason of that", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();

    const result = assert.rejects(withDeadline({ clock, timeoutMs: 1000, signal: stop.signal }, never), /stopped/);
    stop.abort(new Error("stopped"));

    await result;
  });

  it("aborts the signal of what takes too long, and of what the caller stops, for the reason of that", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const signals: AbortSignal[] = [];
    const wait = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return never();
    };

    const late = assert.rejects(withDeadline({ clock, timeoutMs: 1000, signal: stop.signal }, wait));
    await clock.advance(1000);
    const stopped = assert.rejects(withDeadline({ clock, timeoutMs: 1000, signal: stop.signal }, wait));
    stop.abort("enough");

    await Promise.all([late, stopped]);
    assert.ok(signals[0]?.reason instanceof DeadlineError);
    assert.equal(signals[1]?.reason, "enough");
  });

  it("leaves the signal alone once the work has ended, and lets go of the caller's", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const options = { clock, timeoutMs: 1000, signal: stop.signal };

    const signal = await withDeadline(options, (given) => Promise.resolve(given));
    await clock.advance(1000);
    stop.abort();

    assert.equal(signal.aborted, false);
    await assert.rejects(withDeadline(options, never), { name: "AbortError" });
  });
});
