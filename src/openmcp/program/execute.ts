import { maskSecrets } from "../../runtime/mask-secrets.ts";
import { type Command, parseCommand } from "./command-line.ts";
import { describeError } from "./describe-error.ts";
import { UsageError } from "./flags.ts";
import { helpText } from "./help-text.ts";
import { init } from "./init.ts";
import { migrate } from "./migrate.ts";
import { run } from "./run.ts";
import type { CommandContext } from "./workplace.ts";

/** Result of a command whose words were not understood. */
const EXIT_USAGE = 2;

/** Executes one command line and returns the exit code; a failure is one line on standard error. */
export async function execute(argv: readonly string[], context: CommandContext): Promise<number> {
  const { program } = context;
  try {
    await executeCommand(parseCommand(argv, program), argv, context);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      context.printError(`${program.name}: ${maskSecrets(error.message)}\n\n${helpText(program, argv)}`);
      return EXIT_USAGE;
    }
    context.printError(`${program.name}: ${maskSecrets(describeError(error))}\n`);
    return 1;
  }
}

async function executeCommand(command: Command, argv: readonly string[], context: CommandContext): Promise<void> {
  switch (command.name) {
    case "help":
      context.print(helpText(context.program, argv));
      return;
    case "version":
      context.print(`${context.program.version}\n`);
      return;
    case "init":
      await init(command.options, context);
      return;
    case "run":
      await run(command.options, context);
      return;
    case "migrate":
      await migrate(command.options, context);
  }
}
