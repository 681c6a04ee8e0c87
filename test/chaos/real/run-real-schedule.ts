import type { Dump } from "../dump.ts";
import { type Patience, playSchedule, type RunResult } from "../play-schedule.ts";
import type { Schedule } from "../schedule.ts";
import { clearStage } from "./clear-stage.ts";
import { realHandles } from "./real-handles.ts";
import type { RealStage } from "./real-stage.ts";

const PATIENCE: Patience = { lifeMs: 300_000, convergenceMs: 240_000, lateMs: 90_000, quietMs: 4000 };

/** Plays a life with faults on real clusters, which are cleared before; `reference` is how it has to end. */
export async function runRealSchedule(
  { seed, ...schedule }: Pick<Schedule, "seed" | "life" | "faults">,
  stage: RealStage,
  reference?: Dump,
): Promise<RunResult> {
  stage.reset(seed);
  await clearStage(stage);
  return playSchedule(stage, schedule, { handles: realHandles(stage), patience: PATIENCE, reference });
}

/** Plays a life without faults; throws when it breaks a rule all the same. */
export async function runUndisturbed(life: Schedule["life"], stage: RealStage): Promise<RunResult> {
  const result = await runRealSchedule({ seed: 1, life, faults: [] }, stage);
  if (result.violations.length > 0) {
    throw new Error(`the undisturbed life "${life}" breaks rules:\n${result.violations.join("\n")}`);
  }
  return result;
}
