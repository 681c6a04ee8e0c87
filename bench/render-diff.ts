import { configWith, startInstalledPlatform } from "./support/installed-platform.ts";
import { readOptions } from "./support/options.ts";
import { type Figure, print } from "./support/report.ts";
import { timedAnswer } from "./support/timed-answer.ts";

// How soon does `render --diff` know what a changed ProviderConfig does to very many tenants, and what does that cost? The
// API servers are embedded ones in this process, whose lists take a good part of the time.

const MEGABYTE = 1e6;
const CHANGES_OR_NONE = [0, 1];

const options = readOptions(process.argv.slice(2));
await using platform = await startInstalledPlatform(options.tenants, { manager: { logLevel: "info" } });
const changed = await platform.write("changed.json", configWith({ manager: { logLevel: "debug" } }));
const flags = ["--onboarding-kubeconfig", platform.onboardingKubeconfigPath, "--provider-name=ocm"];

print(
  `render --diff of ${options.tenants} tenants`,
  [
    ...(await ask("nothing changes", ["render", "--diff", ...flags])),
    ...(await ask("each HelmRelease changes", ["render", "--diff", "-f", changed, ...flags])),
  ],
  options,
);

async function ask(name: string, words: readonly string[]): Promise<readonly Figure[]> {
  const { elapsedMs, cpuMs, residentBytes } = await timedAnswer(platform, words, CHANGES_OR_NONE);
  return [
    { name: `${name}: until it ends`, value: elapsedMs / 1000, unit: "s" },
    { name: `${name}: CPU of the command`, value: cpuMs / 1000, unit: "s" },
    { name: `${name}: resident memory at its peak`, value: residentBytes / MEGABYTE, unit: "MB" },
  ];
}
