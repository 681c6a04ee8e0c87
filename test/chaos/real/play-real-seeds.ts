import type { Dump } from "../dump.ts";
import type { ChaosOptions } from "../options.ts";
import type { LifeName } from "../lives.ts";
import type { SeedResult } from "../run-seed.ts";
import { type Choice, CLASSES, COMPONENTS, drawLife, drawSchedule, type LifeLength } from "../schedule.ts";
import type { RealStage } from "./real-stage.ts";
import { runRealSchedule, runUndisturbed } from "./run-real-schedule.ts";

/** Nobody sets the clock of this machine, or holds up the watches of a real API server; and the operator gives a lost control plane to its owner again. */
const CHOICE: Choice = {
  lives: [
    ...(["whole", "neighbours", "again", "restless", "hasty", "midway", "blocked", "secrets"] as const),
    ...(["current", "migrate", "differs", "back", "bothGo", "planeOfBoth", "saved", "restlessTwins"] as const),
  ],
  classes: CLASSES.filter((one) => one !== "clock" && one !== "late watch"),
  components: [...COMPONENTS, "etcd"],
  // Nothing stands between Flux and its API server.
  late: [],
  tempos: ["fast"],
};

/** Plays seeds on real clusters, one after the other; each life is played once without faults before. */
export async function* playRealSeeds(
  seeds: Iterable<number>,
  stage: RealStage,
  {
    minutes,
    lives = CHOICE.lives,
    onProgress,
  }: Pick<ChaosOptions, "minutes" | "lives"> & { readonly onProgress: (line: string) => void },
): AsyncGenerator<SeedResult> {
  const endsAt = performance.now() + minutes * 60_000;
  const choice = { ...CHOICE, lives };
  const references = new Map<LifeName, { readonly end: Dump; readonly length: LifeLength }>();
  for (const seed of seeds) {
    if (performance.now() > endsAt) {
      return;
    }
    const life = drawLife(seed, choice);
    if (!references.has(life)) {
      onProgress(`playing "${life}" without faults`);
    }
    const reference = references.get(life) ?? (await runUndisturbed(life, stage));
    references.set(life, reference);
    const schedule = drawSchedule(seed, reference.length, choice);
    onProgress(`playing seed ${seed}: ${JSON.stringify(schedule)}`);
    const { violations, convergenceMs } = await runRealSchedule(schedule, stage, reference.end);
    yield { schedule, violations, ...(!Number.isNaN(convergenceMs) && { convergenceMs }) };
  }
}
