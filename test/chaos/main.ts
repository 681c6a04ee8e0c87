import { playSeeds } from "./play-seeds.ts";
import { parseOptions } from "./options.ts";
import { Tally } from "./tally.ts";

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const PROGRESS_MS = 10_000;
const SHOWN = 10;

const options = parseOptions(process.argv.slice(2));
const seeds = Array.from({ length: options.count }, (_, index) => options.from + index);
const tally = new Tally();
const startedAt = performance.now();
const minutes = (): number => (performance.now() - startedAt) / 60_000;
const speed = (): string => `${(tally.runs / minutes()).toFixed(0)} schedules per minute`;

const progress = setInterval(() => {
  print(`${tally.runs} of ${options.count}, ${tally.failed.length} failed, ${speed()}`);
}, PROGRESS_MS);

for await (const result of playSeeds(seeds, options)) {
  tally.add(result);
  const { schedule, violations } = result;
  if (violations.length > 0 || options.count === 1) {
    print(`\nseed ${schedule.seed}: ${JSON.stringify(schedule)}`);
    violations.slice(0, SHOWN).forEach((violation) => print(`- ${violation}`));
    print(violations.length > 0 ? `replay: npm run chaos -- --seed ${schedule.seed}\n` : "no rule was broken\n");
  }
}
clearInterval(progress);

print(`\n${tally.table()}\n\n${speed()}, seeds ${options.from} to ${options.from + tally.runs - 1}`);
if (tally.failed.length > 0) {
  print(`failed: ${tally.failed.toSorted((left, right) => left - right).join(" ")}`);
  process.exitCode = 1;
}
