import { announceBuild, buildImage, startBackgroundBuild } from "./suites/background-build.ts";
import { phasesOf } from "./suites/phases.ts";
import { runLanes } from "./suites/run-lanes.ts";
import { type Suite, selectSuites } from "./suites/suites.ts";

const total = { passed: 0, failed: 0 };

async function runAll(suites: readonly Suite[], signal: AbortSignal): Promise<void> {
  if (suites.some(needsImage)) {
    await buildImage(signal);
  }
  const needsBinaries = suites.some(isReal);
  if (needsBinaries) {
    await announceBuild(signal);
  }
  const build = needsBinaries ? startBackgroundBuild(signal) : undefined;
  let binaries: Promise<void> | undefined;
  for (const lanes of phasesOf(suites)) {
    if (lanes.flat().some(isReal)) {
      binaries ??= build?.finished();
    }
    for (const { passed, failed } of await runLanes(lanes, { signal, binaries })) {
      total.passed += passed;
      total.failed += failed;
    }
  }
}

// Images run on Linux only; elsewhere the tests say so.
function needsImage({ usesImage = false }: Suite): boolean {
  return usesImage && process.platform === "linux";
}

function isReal({ ground }: Suite): boolean {
  return ground === "real";
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
  console.error(error instanceof Error ? error.message : error);
  total.failed += 1;
}

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
