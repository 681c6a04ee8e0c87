import { readStart, readText } from "./body.ts";
import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { ApiError, MalformedAnswerError, UnreachableError } from "./errors.ts";
import { parseJson, toJson } from "./json.ts";
import { type Query, withQuery } from "./resource-path.ts";
import { type Repetition, retryDelayMs } from "./retry.ts";
import { parseFailureStatus, toApiError } from "./to-api-error.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** One finished HTTP exchange, for metrics. `code` is `<error>` when no answer came. */
export type RequestReport = {
  readonly method: TransportRequest["method"];
  readonly code: string;
  readonly host: string;
  readonly durationMs: number;
};

/** What every exchange of one client shares. */
export type ExchangeOptions = {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly host: string;
  readonly maxListBytes: number;
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
};

/** One call of the API. */
export type ApiCall = {
  readonly method: TransportRequest["method"];
  readonly path: string;
  readonly query?: Query;
  readonly body?: { readonly contentType: string; readonly value: unknown };
  readonly repetition: Repetition;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

const MAX_ERROR_BYTES = 64 * 1024;

/** A parsed answer, and how large it was. */
export type Answer = { readonly value: unknown; readonly bytes: number };

/**
 * Makes the call, repeats it as far as that is safe, and returns the parsed answer.
 *
 * Throws an `ApiError`, an `UnreachableError`, a `MalformedAnswerError`, or the reason of `call.signal`.
 */
export async function exchange(options: ExchangeOptions, call: ApiCall): Promise<Answer> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(options, call);
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

/** Sends the call once and returns the answer with its body unread. A refusal is thrown as `ApiError`. */
export async function open(
  options: ExchangeOptions,
  call: Omit<ApiCall, "repetition" | "maxBytes">,
): Promise<TransportResponse> {
  const startedAt = options.clock.now();
  const report = (code: string): void =>
    options.onRequest?.({
      method: call.method,
      code,
      host: options.host,
      durationMs: options.clock.now() - startedAt,
    });
  const response = await options.transport(toTransportRequest(options, call)).catch((error: unknown) => {
    report("<error>");
    throw unreachable(call, error);
  });
  report(String(response.status));
  if (response.status >= 300) {
    const { text } = await readStart(response.body, MAX_ERROR_BYTES);
    throw toApiError(describe(call), response.status, parseFailureStatus(text), response.headers["retry-after"]);
  }
  return response;
}

/** Names a call in messages: without its query, which may say more than a message should. */
export function describe(call: Pick<ApiCall, "method" | "path">): string {
  return `${call.method} ${call.path}`;
}

/** Turns what cut an exchange short, after its headers, into the typed error. */
export function toExchangeError(call: Pick<ApiCall, "method" | "path">, error: unknown): Error {
  if (error instanceof MalformedAnswerError) {
    return new MalformedAnswerError(`${describe(call)}: ${error.message}`);
  }
  return error instanceof ApiError || error instanceof UnreachableError ? error : unreachable(call, error);
}

async function attempt(options: ExchangeOptions, call: ApiCall): Promise<Answer> {
  call.signal.throwIfAborted();
  const { clock, requestTimeoutMs } = options;
  const text = await withDeadline({ clock, timeoutMs: requestTimeoutMs, signal: call.signal }, async (signal) => {
    const response = await open(options, { ...call, signal });
    return readText(response.body, call.maxBytes);
  }).catch((error: unknown) => {
    throw toExchangeError(call, error);
  });
  try {
    return { value: parseJson(text), bytes: Buffer.byteLength(text) };
  } catch {
    // The parser quotes the text in its message, and the text may be a Secret.
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
    headers: { accept: "application/json", "user-agent": options.userAgent },
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

// Whatever a transport throws means that there was no answer, even if it is an ApiError of some other server.
function unreachable(call: Pick<ApiCall, "method" | "path">, error: unknown): UnreachableError {
  return new UnreachableError(`${describe(call)}: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // An attempt on several addresses fails with an AggregateError that has a code but no message.
  return error.message || ("code" in error ? String(error.code) : error.name);
}
