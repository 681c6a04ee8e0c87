import type { Metrics } from "../../src/runtime/metrics.ts";
import type { Bug } from "./bugs.ts";
import type { Dump } from "./dump.ts";
import type { Fault } from "./faults.ts";
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

const HOUR_MS = 3_600_000;
const PATIENCE: Patience = { lifeMs: HOUR_MS, convergenceMs: 20 * 60_000, lateMs: 200_000, quietMs: 130_000 };
/** A control plane that does not answer may be left alone until the next poll, of which a life has several. */
const PATIENCE_WITH_PLANES: Patience = { ...PATIENCE, lifeMs: 4 * HOUR_MS, convergenceMs: HOUR_MS };
/** Without such trouble nothing waits for the next poll. */
const PATIENCE_BETWEEN_POLLS: Patience = { ...PATIENCE, lifeMs: 20 * 60_000 };

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
    return await playSchedule(world, schedule, {
      handles: simulatedHandles(world),
      patience: patienceFor(schedule),
      reference,
    });
  } finally {
    await world.stop();
  }
}

function patienceFor({ life, faults }: Schedule): Patience {
  if (life !== "rarely" && life !== "rarelyTwins") {
    return PATIENCE;
  }
  return faults.some(isOfPlanes) ? PATIENCE_WITH_PLANES : PATIENCE_BETWEEN_POLLS;
}

function isOfPlanes(fault: Fault): boolean {
  const isEverywhere = fault.do === "slow" || fault.do === "partition";
  const isStopped = (fault.do === "stop" || fault.do === "stopInstalling") && fault.component === "mcp API server";
  return isEverywhere || isStopped || ("on" in fault && fault.on === "mcp");
}
