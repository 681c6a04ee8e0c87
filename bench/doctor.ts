import { startInstalledPlatform } from "./support/installed-platform.ts";
import { readOptions } from "./support/options.ts";
import { type Figure, print } from "./support/report.ts";
import { timedAnswer } from "./support/timed-answer.ts";

// How soon does `doctor` know how all is that very many tenants depend on, and what does a bundle cost? The API servers are
// embedded ones in this process, whose lists take a good part of the time.

const MEGABYTE = 1e6;
/** Nobody runs the provider here, and nobody serves the registry. */
const WELL_OR_NOT = [0, 1];

const options = readOptions(process.argv.slice(2));
await using platform = await startInstalledPlatform(options.tenants, {});
const flags = ["--onboarding-kubeconfig", platform.onboardingKubeconfigPath, "--provider-name=ocm"];

print(
  `doctor beside ${options.tenants} tenants`,
  [
    ...(await ask("doctor", ["doctor", ...flags])),
    ...(await ask("doctor with a bundle", ["doctor", "--bundle=/dev/null", ...flags])),
  ],
  options,
);

async function ask(name: string, words: readonly string[]): Promise<readonly Figure[]> {
  const { elapsedMs, cpuMs, residentBytes } = await timedAnswer(platform, words, WELL_OR_NOT);
  return [
    { name: `${name}: until it ends`, value: elapsedMs / 1000, unit: "s" },
    { name: `${name}: CPU of the command`, value: cpuMs / 1000, unit: "s" },
    { name: `${name}: resident memory at its peak`, value: residentBytes / MEGABYTE, unit: "MB" },
  ];
}
