import { ApiError, ServerError, TooManyRequestsError, UnreachableError } from "./errors.ts";

/**
 * How often a request may reach the server.
 *
 * - `read`: any number of times.
 * - `repeatable`: a second time changes nothing (server-side apply, merge patch, delete of one `uid`).
 * - `once`: repeated only when the server certainly did not act on it.
 */
export type Repetition = "read" | "repeatable" | "once";

const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 200;
/** A server that asks for more patience than this is reported to the caller instead of waited for. */
const LONGEST_WAIT_MS = 30_000;
const RETRIED_READ_CODES: ReadonlySet<number> = new Set([500, 502, 503, 504]);
const NEVER_SENT_CODES: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Decides whether a failed attempt is repeated, and after how long. Pure but for `random`.
 *
 * @returns the delay, or nothing when the error is final
 */
export function retryDelayMs(
  error: unknown,
  attempt: { readonly number: number; readonly repetition: Repetition; readonly random: () => number },
): number | undefined {
  if (attempt.number >= MAX_ATTEMPTS || !mayRepeat(error, attempt.repetition)) {
    return undefined;
  }
  const askedMs = error instanceof ApiError ? error.retryAfterMs : undefined;
  if (askedMs !== undefined && askedMs > LONGEST_WAIT_MS) {
    return undefined;
  }
  const backoffMs = FIRST_DELAY_MS * 2 ** (attempt.number - 1);
  // Never earlier than asked: the jitter is only added.
  return (askedMs ?? backoffMs) + backoffMs * attempt.random();
}

function mayRepeat(error: unknown, repetition: Repetition): boolean {
  if (error instanceof TooManyRequestsError) {
    return true;
  }
  if (error instanceof ServerError) {
    const saidLater = error.code === 503 && error.retryAfterMs !== undefined;
    return saidLater || (repetition === "read" && RETRIED_READ_CODES.has(error.code));
  }
  return error instanceof UnreachableError && (repetition !== "once" || wasNeverSent(error));
}

function wasNeverSent(error: UnreachableError): boolean {
  const { cause } = error;
  const failures: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return failures.length > 0 && failures.every((failure) => NEVER_SENT_CODES.has(codeOf(failure)));
}

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && "code" in failure ? failure.code : undefined;
}
