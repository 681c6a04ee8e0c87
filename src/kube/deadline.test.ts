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
});
