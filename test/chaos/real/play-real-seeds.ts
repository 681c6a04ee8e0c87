import type { Dump } from "../dump.ts";
import type { LifeName } from "../lives.ts";
import { type Patience, playSchedule, type RunResult } from "../play-schedule.ts";
import type { SeedResult } from "../run-seed.ts";
import {
  type Choice,
  CLASSES,
  COMPONENTS,
  drawLife,
  drawSchedule,
  type LifeLength,
  type Schedule,
} from "../schedule.ts";
import { clearStage } from "./clear-stage.ts";
import { realHandles } from "./real-handles.ts";
import type { RealStage } from "./real-stage.ts";

const PATIENCE: Patience = { lifeMs: 300_000, convergenceMs: 240_000, lateMs: 90_000, quietMs: 4000 };

/** Nobody sets the clock of this machine; and the operator gives a lost control plane to its owner again. */
const CHOICE: Choice = {
  lives: ["whole", "neighbours", "again", "restless", "hasty", "blocked", "secrets"],
  classes: CLASSES.filter((one) => one !== "clock"),
  components: [...COMPONENTS, "etcd"],
  tempos: ["fast"],
};

/** Plays seeds on real clusters, one after the other; each life is played once without faults before. */
export async function* playRealSeeds(
  seeds: Iterable<number>,
  stage: RealStage,
  { minutes, onProgress }: { readonly minutes: number; readonly onProgress: (line: string) => void },
): AsyncGenerator<SeedResult> {
  const endsAt = performance.now() + minutes * 60_000;
  const references = new Map<LifeName, { readonly end: Dump; readonly length: LifeLength }>();
  for (const seed of seeds) {
    if (performance.now() > endsAt) {
      return;
    }
    const life = drawLife(seed, CHOICE);
    if (!references.has(life)) {
      onProgress(`playing "${life}" without faults`);
    }
    const reference = references.get(life) ?? (await playUndisturbed(life, stage));
    references.set(life, reference);
    const schedule = drawSchedule(seed, reference.length, CHOICE);
    onProgress(`playing seed ${seed}: ${JSON.stringify(schedule)}`);
    const { violations, convergenceMs } = await play(schedule, stage, reference.end);
    yield { schedule, violations, ...(!Number.isNaN(convergenceMs) && { convergenceMs }) };
  }
}

async function playUndisturbed(life: LifeName, stage: RealStage): Promise<RunResult> {
  const result = await play({ seed: 1, life, faults: [] }, stage);
  if (result.violations.length > 0) {
    throw new Error(`the undisturbed life "${life}" breaks rules:\n${result.violations.join("\n")}`);
  }
  return result;
}

async function play(
  { seed, ...schedule }: Pick<Schedule, "seed" | "life" | "faults">,
  stage: RealStage,
  reference?: Dump,
): Promise<RunResult> {
  stage.reset(seed);
  await clearStage(stage);
  return playSchedule(stage, schedule, { handles: realHandles(stage), patience: PATIENCE, reference });
}
