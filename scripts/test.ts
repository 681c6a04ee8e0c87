import { startBackgroundBuild } from "./suites/background-build.ts";
import { runSuite } from "./suites/run-suite.ts";
import { type Suite, selectSuites } from "./suites/suites.ts";

const total = { passed: 0, failed: 0 };

async function runAll(suites: readonly Suite[], signal: AbortSignal): Promise<void> {
  for (const suite of suites) {
    console.log(`\n== ${suite.name}`);
    const startedAt = performance.now();
    const { passed, failed } = await runSuite(suite, signal);
    total.passed += passed;
    total.failed += failed;
    console.log(`== ${suite.name}: ${passed} passed, ${failed} failed, ${secondsSince(startedAt)} s`);
  }
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => {
    stop.abort(new Error(`stopped by ${name}`));
  });
}

try {
  const selected = selectSuites(process.argv.slice(2));
  const real = selected.filter(({ ground }) => ground === "real");
  const build = real.length > 0 ? startBackgroundBuild(stop.signal) : undefined;

  await runAll(
    selected.filter((suite) => !real.includes(suite)),
    stop.signal,
  );
  if (build !== undefined) {
    console.log("\n== binaries of the real ground");
    await build.finished();
    await runAll(real, stop.signal);
  }
} catch (error) {
  console.error(error);
  total.failed += 1;
}

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
