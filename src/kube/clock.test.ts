import { describe, it } from "node:test";
import { systemClock } from "./clock.ts";

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
