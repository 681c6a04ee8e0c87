import { type ModelOptions, parseOptions, usage } from "./options.ts";
import { describeFinding, describeFound, search } from "./search.ts";

const USAGE_ERROR = 2;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  let options: ModelOptions | "help";
  try {
    options = parseOptions(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return USAGE_ERROR;
  }
  if (options === "help") {
    print(usage);
    return 0;
  }
  let isGood = true;
  for (const variant of options.variants) {
    const found = await search({ ...options, variant });
    print(describeFound(found));
    found.findings.forEach((finding) => print(`\n${describeFinding(finding)}\n`));
    isGood &&= found.isComplete && found.findings.length === 0;
  }
  return isGood ? 0 : 1;
}
