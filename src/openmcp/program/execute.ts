import { maskSecrets } from "../../runtime/mask-secrets.ts";
import type { CommandContext } from "../command/command.ts";
import { describeError } from "../command/describe-error.ts";
import { readCommandLine } from "../command/read-command-line.ts";
import { UsageError } from "../command/usage-error.ts";
import { commandsOf } from "./commands.ts";

/** Result of a command whose words were not understood. */
const EXIT_USAGE = 2;

/** Executes one command line and returns the exit code; a failure is one line on standard error. */
export async function execute(argv: readonly string[], context: CommandContext): Promise<number> {
  const { program } = context;
  const commands = commandsOf(program);
  try {
    const { command, given } = readCommandLine(argv, commands);
    const executeCommand = await command.load();
    return await executeCommand(given, context);
  } catch (error) {
    if (error instanceof UsageError) {
      const topic = commands.filter(({ name }) => argv.includes(name)).map(({ name }) => `${name} `)[0] ?? "";
      const help = `Run "${program.name} ${topic}--help" for usage.`;
      context.printError(`${program.name}: ${maskSecrets(error.message)}\n${help}\n`);
      return EXIT_USAGE;
    }
    context.printError(`${program.name}: ${maskSecrets(describeError(error))}\n`);
    return 1;
  }
}
