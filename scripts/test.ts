import { startBackgroundBuild } from "./suites/background-build.ts";
import { firstLane, laterLanes } from "./suites/lanes.ts";
import { runLanes } from "./suites/run-lanes.ts";
import { type Suite, selectSuites } from "./suites/suites.ts";

const total = { passed: 0, failed: 0 };

async function runAll(suites: readonly Suite[], signal: AbortSignal): Promise<void> {
  const needsBinaries = suites.some(({ ground }) => ground === "real");
  const build = needsBinaries ? startBackgroundBuild(signal) : undefined;
  const first = await runLanes([firstLane(suites)], { signal });
  const later = await runLanes(laterLanes(suites), { signal, binaries: build?.finished() });

  for (const { passed, failed } of [...first, ...later]) {
    total.passed += passed;
    total.failed += failed;
  }
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => {
    stop.abort(new Error(`stopped by ${name}`));
  });
}

try {
  await runAll(selectSuites(process.argv.slice(2)), stop.signal);
} catch (error) {
  console.error(error);
  total.failed += 1;
}

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
