import { playSeeds } from "./play-seeds.ts";
import { playRealSeeds } from "./real/play-real-seeds.ts";
import { RealStage } from "./real/real-stage.ts";
import { parseOptions } from "./options.ts";
import { Tally } from "./tally.ts";

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const PROGRESS_MS = 10_000;
const SHOWN = 10;
// What shells say about a program that was interrupted.
const STOPPED = 130;

const options = parseOptions(process.argv.slice(2));
const seeds = Array.from({ length: options.count }, (_, index) => options.from + index);
const tally = new Tally();
const startedAt = performance.now();
const minutes = (): number => (performance.now() - startedAt) / 60_000;
const speed = (): string => `${(tally.runs / minutes()).toFixed(0)} schedules per minute`;

const progress = setInterval(() => {
  print(`${tally.runs} of ${options.count}, ${tally.failed.length} failed, ${speed()}`);
}, PROGRESS_MS);

const stage = options.isReal ? await RealStage.start(print) : undefined;
let stopping: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Whoever is impatient sends it twice.
  process.on(signal, () => {
    stopping ??= Promise.resolve(stage?.stop()).finally(() => process.exit(STOPPED));
  });
}
const results =
  stage === undefined ? playSeeds(seeds, options) : playRealSeeds(seeds, stage, { ...options, onProgress: print });
try {
  for await (const result of results) {
    tally.add(result);
    const { schedule, violations } = result;
    if (violations.length > 0 || options.count === 1) {
      print(`\nseed ${schedule.seed}: ${JSON.stringify(schedule)}`);
      violations.slice(0, SHOWN).forEach((violation) => print(`- ${violation}`));
      const again = `replay: npm run chaos -- ${options.isReal ? "--real " : ""}--seed ${schedule.seed}\n`;
      print(violations.length > 0 ? again : "no rule was broken\n");
    }
  }
} finally {
  clearInterval(progress);
  await stage?.stop();
}

print(`\n${tally.table()}\n\n${speed()}, seeds ${options.from} to ${options.from + tally.runs - 1}`);
if (tally.failed.length > 0) {
  print(`failed: ${tally.failed.toSorted((left, right) => left - right).join(" ")}`);
  process.exitCode = 1;
}
