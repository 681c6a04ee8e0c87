import { VirtualClock } from "../../sim/clock.ts";

/** Time that moves only when a test says so, for code that waits for nothing but promises. */
export class FakeClock extends VirtualClock {
  constructor(startMs?: number) {
    super({ ...(startMs !== undefined && { startMs }), quietTurns: 1 });
  }
}
