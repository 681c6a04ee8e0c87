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

  it("wakes up by itself", async () => {
    await systemClock.sleep(1);
  });
});
