import type { Metrics } from "../../src/runtime/metrics.ts";
import type { Bug } from "./bugs.ts";
import type { Dump } from "./dump.ts";
import { slow } from "./interfere.ts";
import { type Patience, playSchedule, type RunResult } from "./play-schedule.ts";
import type { Schedule } from "./schedule.ts";
import { simulatedHandles } from "./simulated-handles.ts";
import { World } from "./world.ts";

/** What a run works with. */
export type RunOptions = {
  readonly metrics: Metrics;
  /** A deliberate mistake, to see whether it is found. */
  readonly bug?: Bug;
};

const PATIENCE: Patience = { lifeMs: 3_600_000, convergenceMs: 20 * 60_000, lateMs: 200_000, quietMs: 130_000 };

/** Plays a life with faults in a simulated world; `reference` is how it has to end. */
export async function runSchedule(
  schedule: Schedule,
  { metrics, bug }: RunOptions,
  reference?: Dump,
): Promise<RunResult> {
  const world = await World.start({ ...schedule, metrics, work: bug?.work });
  try {
    if (bug?.interference !== undefined) {
      world.interferences.push(bug.interference);
    }
    if (schedule.latencyMs > 0) {
      world.interferences.push(slow(schedule.latencyMs, world));
    }
    return await playSchedule(world, schedule, { handles: simulatedHandles(world), patience: PATIENCE, reference });
  } finally {
    await world.stop();
  }
}
