import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { startStandingGrounds } from "./standing-grounds.ts";
import type { Suite } from "./suites.ts";

/** How many tests passed and failed. */
export type Counts = { readonly passed: number; readonly failed: number };

/** Who wants to know how a suite goes. */
export type SuiteWatcher = {
  /** Receives the report, piece by piece. */
  readonly write: (text: string) => void;
  readonly onFileEnd?: () => void;
  /** Receives the name of a test that has failed; the report says more. */
  readonly onFailure?: (test: string) => void;
};

const LOWER_PRIORITY = import.meta.resolve("./lower-priority.ts");

/** Finds the test files of a suite, in the order in which they are run. */
export function filesOf({ files }: Pick<Suite, "files">): readonly string[] {
  return [...new Set(files.flatMap((glob) => globSync(glob).toSorted()))];
}

/** Runs one suite; throws when it has no files. */
export async function runSuite(suite: Suite, watcher: SuiteWatcher, signal: AbortSignal): Promise<Counts> {
  const files = filesOf(suite);
  if (files.length === 0) {
    throw new Error(`no file matches ${suite.files.join(", ")}`);
  }
  const { concurrency, fileTimeoutMs: timeout, standingGrounds = 0 } = suite;
  const env = environmentOf(suite);
  await using grounds = standingGrounds > 0 ? await startStandingGrounds(standingGrounds, env) : undefined;
  const stream = run({
    files,
    concurrency,
    timeout,
    signal,
    env: { ...env, ...grounds?.environment },
    execArgv: execArgvOf(suite),
  });
  const counts = { passed: 0, failed: 0 };
  const unheard = filesUnheard(stream, files);
  stream.on("test:fail", ({ name, file, details }) => {
    if (details.type !== "suite") {
      watcher.onFailure?.(file === undefined ? name : `${name} (${file})`);
    }
  });
  stream.on("test:summary", (summary) => {
    if (summary.file !== undefined) {
      watcher.onFileEnd?.();
      return;
    }
    counts.passed = summary.counts.passed;
    counts.failed = summary.counts.tests - summary.counts.passed - summary.counts.skipped - summary.counts.todo;
    counts.failed = summary.success ? counts.failed : Math.max(1, counts.failed);
  });
  for await (const text of stream.compose(new spec())) {
    watcher.write(String(text));
  }
  return signal.aborted ? counts : withUnheard(counts, unheard, watcher);
}

/** Returns the files of which no test has been heard, as it is at any moment. */
function filesUnheard(stream: ReturnType<typeof run>, files: readonly string[]): ReadonlySet<string> {
  const unheard = new Set(files.map((file) => resolve(file)));
  // The summary is no sign: it may be lost where a process is made to end. Its exit code tells whether all tests passed.
  for (const event of ["test:pass", "test:fail"] as const) {
    // A file without tests passes, and one that cannot be loaded fails, without one.
    stream.on(event, ({ entryFile = "" }: { readonly entryFile?: string }) => unheard.delete(entryFile));
  }
  return unheard;
}

function execArgvOf({ ground, isPatient = false }: Suite): string[] {
  return [
    // A file whose tests have ended, but which still holds something open, must not hold up all others for ever. Such an
    // end can cost its report, so nobody is made to end like this who holds nothing open.
    ...(ground === "none" ? [] : ["--test-force-exit"]),
    ...(isPatient ? ["--import", LOWER_PRIORITY] : []),
  ];
}

/** A file of which no test was heard of has not passed. */
function withUnheard(counts: Counts, unheard: ReadonlySet<string>, watcher: SuiteWatcher): Counts {
  for (const file of unheard) {
    watcher.write(`expected to hear of the tests in ${file}, heard of none\n`);
    watcher.onFailure?.(file);
  }
  return { passed: counts.passed, failed: counts.failed + unheard.size };
}

// The files read it to know on what they run.
function environmentOf(suite: Suite): NodeJS.ProcessEnv {
  return {
    // Hundreds of short processes load the same sources: compiled once is enough.
    NODE_COMPILE_CACHE: join(import.meta.dirname, "../../.cache/compiled"),
    // A tenth of what dozens of Go programs compute is garbage collection; memory is what there is enough of.
    ...(suite.ground === "real" && { GOGC: "300" }),
    ...process.env,
    GROUND: suite.ground === "none" ? "embedded" : suite.ground,
    ...(suite.usesImage === true && { PROVIDER: "image" }),
    PLATFORM_RELEASE: suite.platformRelease ?? "newest",
  };
}
