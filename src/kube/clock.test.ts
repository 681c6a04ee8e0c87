import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { steadyTime, systemClock } from "./clock.ts";

describe("steadyTime", () => {
  let machine: { date: number; uptime: number };
  let now: () => number;
  beforeEach(() => {
    machine = { date: 1_000_000, uptime: 500 };
    now = steadyTime({ date: () => machine.date, uptime: () => machine.uptime });
  });

  it("is the date of the machine", () => {
    const first = now();
    machine = { date: 1_000_250, uptime: 750 };

    assert.deepEqual([first, now()], [1_000_000, 1_000_250]);
  });

  it("goes on from where it was when the date is set back", () => {
    now();
    machine = { date: 400_000, uptime: 700 };
    const before = now();
    machine = { date: 400_100, uptime: 800 };

    assert.deepEqual([before, now()], [1_000_200, 1_000_300]);
  });

  it("follows a date that moves on while the machine sleeps", () => {
    now();
    machine = { date: 9_000_000, uptime: 501 };

    assert.equal(now(), 9_000_000);
  });
});

describe("systemClock", () => {
  it("sleeps no longer than the signal allows", async () => {
    const stop = new AbortController();

    const sleeping = systemClock.sleep(1_000_000_000, stop.signal);
    stop.abort();

    await sleeping;
    await systemClock.sleep(1_000_000_000, stop.signal);
  });

  for (const ms of [2 ** 31 - 1, 2 ** 31, 720 * 3_600_000, 2 ** 33 + 1]) {
    it(`sleeps for ${ms} ms, no matter how long a timer may be`, async ({ mock }) => {
      mock.timers.enable({ apis: ["setTimeout"] });
      let isAwake = false;
      const sleeping = systemClock.sleep(ms).then(() => {
        isAwake = true;
      });

      await passTime(mock.timers, ms - 1);
      const before = isAwake;
      mock.timers.tick(1);
      await sleeping;

      assert.equal(before, false);
    });
  }

  it("can be woken in any part of a long sleep", async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const stop = new AbortController();
    const sleeping = systemClock.sleep(2 ** 33, stop.signal);
    await passTime(mock.timers, 2 ** 32);

    stop.abort();

    await sleeping;
  });

  it("wakes up by itself", async () => {
    await systemClock.sleep(1);
  });
});

/** Advances the mocked timers, and runs the callbacks that become due. */
async function passTime(timers: { tick(ms: number): void }, ms: number): Promise<void> {
  const stepMs = 2 ** 31 - 1;
  for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
    timers.tick(Math.min(stepMs, leftMs));
    await Promise.resolve();
    await Promise.resolve();
  }
}
