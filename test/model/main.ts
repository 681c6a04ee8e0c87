import { print, runCommand } from "../support/run-command.ts";
import { type ModelOptions, parseOptions, usage } from "./options.ts";
import { variantOf } from "./variants.ts";
import { describeFinding, describeFound, search } from "./search.ts";

await runCommand({ usage, parse: parseOptions, run: explore });

async function explore(options: ModelOptions): Promise<number> {
  let isGood = true;
  for (const variant of options.variants) {
    const found = await search({ ...options, variant, faults: options.faults ?? variantOf(variant).faults });
    print(describeFound(found));
    found.findings.forEach((finding) => print(`\n${describeFinding(finding)}\n`));
    isGood &&= found.isComplete && found.findings.length === 0;
  }
  return isGood ? 0 : 1;
}
