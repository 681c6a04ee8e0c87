import { printable } from "./printable.ts";

/** The message and those of its causes, in one line; a message that quotes its cause speaks for it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) {
    return printable(String(error));
  }
  if (isAbort(error)) {
    return "interrupted";
  }
  const message = printable(error.message);
  // Beneath an error, an abort is only the way in which a deadline has ended the work.
  const cause = error.cause === undefined || isAbort(error.cause) ? "" : describeError(error.cause);
  return message.includes(cause) ? message : `${message}: ${cause}`;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
