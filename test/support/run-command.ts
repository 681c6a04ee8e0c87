const USAGE_ERROR = 2;

/** A command of the tests, such as `npm run chaos`. */
export type Command<Options> = {
  readonly usage: string;
  /** Throws with a clear message where the arguments ask for what there is not. */
  readonly parse: (argv: readonly string[]) => Options | "help";
  /** Returns the exit code. */
  readonly run: (options: Options) => Promise<number>;
};

/** Runs a command with the arguments of this process; wrong ones end it with exit code 2 and the usage. */
export async function runCommand<Options>({ usage, parse, run }: Command<Options>): Promise<void> {
  let options: Options | "help";
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = USAGE_ERROR;
    return;
  }
  if (options === "help") {
    print(usage);
    process.exitCode = 0;
    return;
  }
  process.exitCode = await run(options);
}

/** Writes a line to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
