import type { LifeName } from "./lives.ts";
import type { References } from "./references.ts";
import { runSchedule, type RunOptions } from "./run-schedule.ts";
import { lifeOf, scheduleOf, sharded, type Schedule } from "./schedule.ts";

/** How the run of a seed ended. */
export type SeedResult = {
  readonly schedule: Schedule;
  readonly violations: readonly string[];
  /** Virtual time; absent when it never was as it should be. */
  readonly convergenceMs?: number;
};

type SeedOptions = RunOptions & {
  readonly references: References;
  readonly lives?: readonly LifeName[];
  /** Whether two processes share the tenants. */
  readonly isSharded?: boolean;
};

/** Plays the schedule of a seed. */
export async function runSeed(
  seed: number,
  { lives, isSharded = false, ...options }: SeedOptions,
): Promise<SeedResult> {
  const { end, length } = await options.references.of(lifeOf(seed, lives));
  const drawn = scheduleOf(seed, length, lives);
  const schedule = isSharded ? sharded(drawn, length) : drawn;
  const { violations, convergenceMs } = await runSchedule(schedule, options, end);
  return { schedule, violations, ...(!Number.isNaN(convergenceMs) && { convergenceMs }) };
}
