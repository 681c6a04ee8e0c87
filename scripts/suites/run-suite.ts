import { globSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { startStandingGrounds } from "./standing-grounds.ts";
import type { Suite } from "./suites.ts";

/** How many tests of a suite passed and failed. */
export type Counts = { readonly passed: number; readonly failed: number };

/** Runs one suite and writes its report to stdout. A suite without files counts as failed. */
export async function runSuite(suite: Suite, signal: AbortSignal): Promise<Counts> {
  const files = [...new Set(suite.files.flatMap((glob) => globSync(glob).toSorted()))];
  if (files.length === 0) {
    console.error(`suite ${suite.name}: no file matches ${suite.files.join(", ")}`);
    return { passed: 0, failed: 1 };
  }

  // The suites' files read it to know on what they run; the runner hands the environment to their processes.
  process.env["GROUND"] = suite.ground === "none" ? "embedded" : suite.ground;
  process.env["PLATFORM_RELEASE"] = suite.platformRelease ?? "newest";
  // Hundreds of short processes load the same sources: compiled once is enough.
  process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../../.cache/compiled");
  const { concurrency, fileTimeoutMs: timeout, standingGrounds = 0 } = suite;
  await using borrowed = new AsyncDisposableStack();
  if (standingGrounds > 0) {
    borrowed.use(await startStandingGrounds(standingGrounds));
  }
  // A file whose tests have ended, but which still holds something open, must not hold up all others for ever.
  const stream = run({ files, concurrency, timeout, signal, execArgv: ["--test-force-exit"] });
  const counts = { passed: 0, failed: 0 };
  stream.on("test:summary", (summary) => {
    if (summary.file === undefined) {
      counts.passed = summary.counts.passed;
      counts.failed = summary.counts.tests - summary.counts.passed - summary.counts.skipped - summary.counts.todo;
      counts.failed = summary.success ? counts.failed : Math.max(1, counts.failed);
    }
  });
  for await (const text of stream.compose(new spec())) {
    process.stdout.write(String(text));
  }
  return counts;
}
