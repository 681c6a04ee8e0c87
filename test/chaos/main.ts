import { print, runCommand } from "../support/run-command.ts";
import { type ChaosOptions, parseOptions, usage } from "./options.ts";
import { playSeeds } from "./play-seeds.ts";
import { playRealSeeds } from "./real/play-real-seeds.ts";
import { RealStage } from "./real/real-stage.ts";
import type { SeedResult } from "./run-seed.ts";
import { Tally } from "./tally.ts";

// What shells say about a program that was interrupted.
const STOPPED = 130;
const PROGRESS_MS = 10_000;
const SHOWN = 10;

await runCommand({ usage, parse: parseOptions, run: playAll });

async function playAll(options: ChaosOptions): Promise<number> {
  const stage = options.isReal ? await RealStage.start(print) : undefined;
  endOnSignals(stage);
  try {
    return await play(options, stage);
  } finally {
    await stage?.stop();
  }
}

function endOnSignals(stage: RealStage | undefined): void {
  let stopping: Promise<void> | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Whoever is impatient sends it twice.
    process.on(signal, () => {
      stopping ??= Promise.resolve(stage?.stop()).finally(() => process.exit(STOPPED));
    });
  }
}

async function play(options: ChaosOptions, stage: RealStage | undefined): Promise<number> {
  const { from, count } = options;
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const tally = new Tally();
  const startedAt = performance.now();
  const speed = (): string =>
    `${((tally.runs / (performance.now() - startedAt)) * 60_000).toFixed(0)} schedules per minute`;
  const progress = setInterval(() => {
    print(`${tally.runs} of ${count}, ${tally.failed.length} failed, ${speed()}`);
  }, PROGRESS_MS);

  const results =
    stage === undefined ? playSeeds(seeds, options) : playRealSeeds(seeds, stage, { ...options, onProgress: print });
  try {
    for await (const result of results) {
      tally.add(result);
      report(result, options);
    }
  } finally {
    clearInterval(progress);
  }

  print(`\n${tally.table()}\n\n${speed()}, seeds ${from} to ${from + tally.runs - 1}`);
  if (tally.failed.length === 0) {
    return 0;
  }
  print(`failed: ${tally.failed.toSorted((left, right) => left - right).join(" ")}`);
  return 1;
}

/** Says which rules were broken and how to see it again; of a single schedule also that none was. */
function report({ schedule, violations }: SeedResult, { count, isReal, isSharded, lives }: ChaosOptions): void {
  if (violations.length === 0 && count > 1) {
    return;
  }
  print(`\nseed ${schedule.seed}: ${JSON.stringify(schedule)}`);
  violations.slice(0, SHOWN).forEach((violation) => print(`- ${violation}`));
  const flags = `${isReal ? "--real " : ""}${isSharded ? "--shards " : ""}${lives === undefined ? "" : `--lives ${lives.join(",")} `}`;
  const again = `replay: npm run chaos -- ${flags}--seed ${schedule.seed}\n`;
  print(violations.length > 0 ? again : "no rule was broken\n");
}
