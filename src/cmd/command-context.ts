/** What a command gets from the process it runs in. */
export type CommandContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person reads the standard output as it appears. */
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
};
