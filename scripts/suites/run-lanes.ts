import { inspect } from "node:util";
import type { Lane } from "./phases.ts";
import { type Progress, progressLine } from "./progress.ts";
import { type Counts, filesOf, runSuite, type SuiteWatcher } from "./run-suite.ts";
import type { Suite } from "./suites.ts";

/** What holds for all lanes. */
export type LanesOptions = {
  readonly signal: AbortSignal;
  /** Settles once real suites can run. */
  readonly binaries?: Promise<void> | undefined;
};

const PROGRESS_EVERY_MS = 15_000;

/**
 * Runs lanes side by side, and tells the outcome of each suite.
 *
 * A single lane's reports are shown as they come. Of several lanes the report of a suite is shown as a whole when it has
 * ended; until then failures are named at once, and every now and then a line tells how far all are.
 */
export async function runLanes(lanes: readonly Lane[], options: LanesOptions): Promise<readonly Counts[]> {
  const running = new Set<Progress>();
  const run = lanes.length === 1 ? runShown : runHeldBack;
  const ticker = setInterval(() => {
    if (running.size > 0) {
      console.log(progressLine(running, performance.now()));
    }
  }, PROGRESS_EVERY_MS);
  const counts = await Promise.all(
    lanes.map((lane) => Array.fromAsync(lane, (suite) => run(suite, { ...options, running }))),
  );
  clearInterval(ticker);
  return counts.flat();
}

type RunOptions = LanesOptions & { readonly running: Set<Progress> };

function runShown(suite: Suite, options: LanesOptions): Promise<Counts> {
  return runReported(suite, { write: (text) => process.stdout.write(text) }, options);
}

async function runHeldBack(suite: Suite, options: RunOptions): Promise<Counts> {
  const { name } = suite;
  const progress = { name, startedAtMs: performance.now(), files: filesOf(suite).length, done: 0 };
  const report: string[] = [];
  options.running.add(progress);
  const counts = await runReported(
    suite,
    {
      write: (text) => report.push(text),
      onFileEnd: () => (progress.done += 1),
      onFailure: (test) => {
        // Who has stopped everything knows why nothing has passed.
        if (!options.signal.aborted) {
          console.log(`!! ${name}: ${test}`);
        }
      },
    },
    options,
  );
  options.running.delete(progress);
  process.stdout.write(report.join(""));
  return counts;
}

async function runReported(suite: Suite, watcher: SuiteWatcher, { signal, binaries }: LanesOptions): Promise<Counts> {
  const startedAtMs = performance.now();
  let counts: Counts = { passed: 0, failed: 1 };
  watcher.write(`\n== ${suite.name}\n`);
  try {
    await (suite.ground === "real" ? binaries : undefined);
    signal.throwIfAborted();
    counts = await runSuite(suite, watcher, signal);
  } catch (error) {
    watcher.write(`${inspect(error)}\n`);
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  watcher.write(`== ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s\n`);
  return counts;
}
