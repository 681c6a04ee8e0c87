import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import {
  ApiError,
  MalformedAnswerError,
  parseFailureStatus,
  ServerError,
  toApiError,
  TooManyRequestsError,
  UnreachableError,
} from "./errors.ts";
import { parseJson, toJson } from "./json.ts";
import { type Query, withQuery } from "./resource.ts";
import { readStart, readText, type Transport, type TransportRequest, type TransportResponse } from "./transport.ts";

/** One HTTP exchange, for metrics. `code` is `<error>` when no answer came. */
export type RequestReport = {
  readonly method: TransportRequest["method"];
  readonly code: string;
  readonly host: string;
  readonly durationMs: number;
};

/** The begin of an HTTP exchange, for tracing. */
export type ExchangeStart = {
  readonly method: TransportRequest["method"];
  /** Without the query: a selector may say more than a trace should. */
  readonly path: string;
  readonly host: string;
};

/** How an exchange ended: with the status of an answer, or with the error for which there is none. */
export type ExchangeEnd = { readonly status: number } | { readonly error: Error };

/**
 * Told when an exchange begins. What it returns is called once, when the exchange ends: with the last byte of the
 * answer, or with its headers when it is the answer to a watch.
 */
export type ExchangeObserver = (start: ExchangeStart) => (end: ExchangeEnd) => void;

/** The part that all exchanges of one client share. */
export type ExchangeOptions = {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly host: string;
  readonly maxListBytes: number;
  readonly onRequest: ((report: RequestReport) => void) | undefined;
  readonly onExchange: ExchangeObserver | undefined;
};

/**
 * How often a request may reach the server.
 *
 * - `read`: any number of times.
 * - `repeatable`: any number of times, because the second one changes nothing (server-side apply, merge patch, deletion
 *   of one `uid`).
 * - `once`: again only when the server certainly did not act on the first one.
 */
export type Repetition = "read" | "repeatable" | "once";

/** One call of the API. */
export type ApiCall = {
  readonly method: TransportRequest["method"];
  readonly path: string;
  readonly query?: Query;
  readonly body?: { readonly contentType: string; readonly value: unknown };
  /** The form in which the answer is wanted. Default: JSON as it is. */
  readonly accept?: string;
  readonly repetition: Repetition;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 200;
/** A server that asks to wait longer than this is reported to the caller. */
const LONGEST_WAIT_MS = 30_000;
const RETRIED_READ_CODES: ReadonlySet<number> = new Set([500, 502, 503, 504]);
const NEVER_SENT_CODES: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "CONNECT_TIMEOUT",
]);

/** A parsed answer, and the size of its body. */
export type Answer = {
  readonly value: unknown;
  readonly bytes: number;
  /** The header `Date`: the clock of the server. */
  readonly date: string | undefined;
};

/**
 * Sends the call, repeats it as far as that is safe, and returns the parsed answer.
 *
 * Throws an `ApiError`, an `UnreachableError`, a `MalformedAnswerError`, or the reason of `call.signal`.
 */
export async function exchange(options: ExchangeOptions, call: ApiCall): Promise<Answer> {
  for (let number = 1; ; number += 1) {
    try {
      return await sendOnce(options, call);
    } catch (error) {
      call.signal.throwIfAborted();
      const delayMs = retryDelayMs(error, { number, repetition: call.repetition, random: options.random });
      if (delayMs === undefined) {
        throw error;
      }
      await options.clock.sleep(delayMs, call.signal);
    }
  }
}

/** Sends the call once, and returns the answer with its body unread. Throws an `ApiError` when the server refuses. */
export async function open(
  options: ExchangeOptions,
  call: Omit<ApiCall, "repetition" | "maxBytes">,
): Promise<TransportResponse> {
  const startedAt = options.clock.now();
  const { method, path } = call;
  const end = options.onExchange?.({ method, path, host: options.host });
  const report = (code: string): void =>
    options.onRequest?.({ method, code, host: options.host, durationMs: options.clock.now() - startedAt });
  const response = await options.transport(toTransportRequest(options, call)).catch((cause: unknown) => {
    report("<error>");
    const error = unreachable(call, cause);
    end?.({ error });
    throw error;
  });
  const { status } = response;
  report(String(status));
  if (status >= 300) {
    const { text } = await readStart(response.body, MAX_ERROR_BYTES).finally(() => end?.({ status }));
    throw toApiError(describe(call), status, parseFailureStatus(text), response.headers["retry-after"]);
  }
  if (end === undefined) {
    return response;
  }
  if (call.query?.["watch"] !== undefined) {
    end({ status });
    return response;
  }
  return { ...response, body: untilRead(response.body, () => end({ status })) };
}

async function* untilRead(body: AsyncIterable<Uint8Array>, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    onEnd();
  }
}

/** Names a call in messages, without its query: a selector may say more than a message should. */
export function describe(call: Pick<ApiCall, "method" | "path">): string {
  return `${call.method} ${call.path}`;
}

/** Turns an error that came after the headers of the answer into the typed error. */
export function toExchangeError(call: Pick<ApiCall, "method" | "path">, error: unknown): Error {
  if (error instanceof MalformedAnswerError) {
    return new MalformedAnswerError(`${describe(call)}: ${error.message}`);
  }
  return error instanceof ApiError || error instanceof UnreachableError ? error : unreachable(call, error);
}

async function sendOnce(options: ExchangeOptions, call: ApiCall): Promise<Answer> {
  call.signal.throwIfAborted();
  const { clock, requestTimeoutMs } = options;
  const { text, date } = await withDeadline(
    { clock, timeoutMs: requestTimeoutMs, signal: call.signal },
    async (signal) => {
      const response = await open(options, { ...call, signal });
      return { text: await readText(response.body, call.maxBytes), date: response.headers["date"] };
    },
  ).catch((error: unknown) => {
    throw toExchangeError(call, error);
  });
  try {
    return { value: parseJson(text), bytes: Buffer.byteLength(text), date };
  } catch {
    // The parser's own error quotes the text, which may be a Secret.
    throw new MalformedAnswerError(`${describe(call)}: the answer is not JSON`);
  }
}

function toTransportRequest(
  options: ExchangeOptions,
  call: Omit<ApiCall, "repetition" | "maxBytes">,
): TransportRequest {
  const request = {
    method: call.method,
    path: withQuery(call.path, call.query ?? {}),
    headers: { accept: call.accept ?? "application/json", "user-agent": options.userAgent },
    signal: call.signal,
  };
  return call.body === undefined
    ? request
    : {
        ...request,
        headers: { ...request.headers, "content-type": call.body.contentType },
        body: toJson(call.body.value),
      };
}

// Even an ApiError of a transport means that there was no answer: it is about another server.
function unreachable(call: Pick<ApiCall, "method" | "path">, error: unknown): UnreachableError {
  return new UnreachableError(`${describe(call)}: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // A connection that failed on several addresses is an AggregateError with a code and without a message.
  return error.message || ("code" in error ? String(error.code) : error.name);
}

/** How long to wait before a failed attempt is repeated; `undefined` when it must not be. Pure but for `random`. */
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
  // The jitter is only added, so that no attempt comes earlier than the server asked for.
  return (askedMs ?? backoffMs) + backoffMs * attempt.random();
}

function mayRepeat(error: unknown, repetition: Repetition): boolean {
  if (error instanceof TooManyRequestsError) {
    return true;
  }
  if (error instanceof ServerError) {
    const wasNotHandled = error.code === 503 && error.retryAfterMs !== undefined;
    return wasNotHandled || (repetition === "read" && RETRIED_READ_CODES.has(error.code));
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
