import { maskSecrets } from "../../runtime/mask-secrets.ts";
import { helpText, type Command, parseCommand, UsageError } from "./command-line.ts";
import { init } from "./init.ts";
import { run } from "./run.ts";
import type { CommandContext } from "./workplace.ts";

/** Result of a command whose words were not understood. */
const EXIT_USAGE = 2;

/** Executes one command line and returns the exit code; a failure is one line on standard error. */
export async function execute(argv: readonly string[], context: CommandContext): Promise<number> {
  const { name } = context.program;
  try {
    await executeCommand(parseCommand(argv), context);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      context.printError(`${name}: ${maskSecrets(error.message)}\n\n${helpText(context.program)}`);
      return EXIT_USAGE;
    }
    context.printError(`${name}: ${maskSecrets(describe(error))}\n`);
    return 1;
  }
}

async function executeCommand(command: Command, context: CommandContext): Promise<void> {
  switch (command.name) {
    case "help":
      context.print(helpText(context.program));
      return;
    case "version":
      context.print(`${context.program.version}\n`);
      return;
    case "init":
      await init(command.options, context);
      return;
    case "run":
      await run(command.options, context);
  }
}

/** The message and those of its causes, in one line; a message that quotes its cause speaks for it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const message = error.message.replaceAll(/\s+/gu, " ");
  const cause = error.cause === undefined ? "" : describe(error.cause);
  return message.includes(cause) ? message : `${message}: ${cause}`;
}
