import {
  AlreadyExistsError,
  ApiError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidError,
  NotFoundError,
  type Refusal,
  ServerError,
  type StatusDetails,
  TooLargeError,
  TooManyRequestsError,
  UnauthorizedError,
} from "./errors.ts";

/** `metav1.Status` of a failure, as far as it is understood. */
export type FailureStatus = {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
};

const MAX_MESSAGE_LENGTH = 4096;

// What etcd, or the gRPC client before it, says of an object that it does not store. API servers call it an error of
// their own (500).
const TOO_LARGE_FOR_STORAGE = /^etcdserver: request is too large$|trying to send message larger than max/u;

const CLASS_BY_CODE: ReadonlyMap<number, new (message: string, refusal: Refusal) => ApiError> = new Map([
  [401, UnauthorizedError],
  [403, ForbiddenError],
  [404, NotFoundError],
  [409, ConflictError],
  [410, GoneError],
  [413, TooLargeError],
  [422, InvalidError],
  [429, TooManyRequestsError],
]);

/**
 * Turns a refusal of the server into the typed error.
 *
 * @param request names the request for the message, for example `GET /api/v1/namespaces`
 */
export function toApiError(request: string, code: number, status: FailureStatus, retryAfter?: string): ApiError {
  const said = (status.message ?? "").slice(0, MAX_MESSAGE_LENGTH) || "the answer carries no message";
  const refusal: Refusal = {
    code,
    reason: status.reason ?? "Unknown",
    retryAfterMs: retryAfterMs(retryAfter, status.details),
    details: status.details,
  };
  const message = `${request}: ${said} (${code} ${refusal.reason})`;
  if (refusal.reason === "AlreadyExists") {
    return new AlreadyExistsError(message, refusal);
  }
  if (code === 500 && TOO_LARGE_FOR_STORAGE.test(said)) {
    return new TooLargeError(message, refusal);
  }
  return new (classOf(code))(message, refusal);
}

/** Reads a `metav1.Status` out of an error body. Anything else, such as a proxy's page, yields an empty status. */
export function parseFailureStatus(text: string): FailureStatus {
  try {
    const parsed: unknown = JSON.parse(text);
    return isStatus(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** Tells a `metav1.Status` from everything else. */
export function isStatus(value: unknown): value is FailureStatus {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "Status";
}

function classOf(code: number): new (message: string, refusal: Refusal) => ApiError {
  return CLASS_BY_CODE.get(code) ?? (code >= 500 ? ServerError : ApiError);
}

// The header may also be an HTTP date; API servers send seconds only, and a proxy's date would need the wall clock.
function retryAfterMs(header: string | undefined, details: StatusDetails | undefined): number | undefined {
  const seconds = header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : details?.retryAfterSeconds;
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined;
}
