import { printable } from "./printable.ts";

/** The message and those of its causes, in one line; a message that quotes its cause speaks for it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) {
    return printable(String(error));
  }
  const message = printable(error.message);
  const cause = error.cause === undefined ? "" : describeError(error.cause);
  return message.includes(cause) ? message : `${message}: ${cause}`;
}
