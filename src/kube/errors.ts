/** How an API server refuses a request. `reason` is a `metav1.StatusReason`. */
type Refusal = {
  readonly code: number;
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
};

/** The API server refused a request. The message names the request and quotes the server. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly code: number;
  readonly reason: string;
  /** How long the server asks to wait before the next attempt. */
  readonly retryAfterMs: number | undefined;
  /** Code and reason of a refusal that has none. */
  static readonly defaults: Refusal = { code: 400, reason: "Unknown" };

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message);
    const { code, reason, retryAfterMs } = { ...new.target.defaults, ...refusal };
    this.code = code;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** 401: the credentials are missing, wrong or expired. */
export class UnauthorizedError extends ApiError {
  override readonly name: string = "UnauthorizedError";
  static override readonly defaults: Refusal = { code: 401, reason: "Unauthorized" };
}

/** 403: the server knows the user, and the user may not do this. */
export class ForbiddenError extends ApiError {
  override readonly name: string = "ForbiddenError";
  static override readonly defaults: Refusal = { code: 403, reason: "Forbidden" };
}

/** 404: the object, or its whole resource, does not exist. */
export class NotFoundError extends ApiError {
  override readonly name: string = "NotFoundError";
  static override readonly defaults: Refusal = { code: 404, reason: "NotFound" };
}

/** Returns the answer, or `undefined` where the object, or its whole resource, does not exist. */
export async function unlessNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}

/** 409 on a create: an object of that name exists already. */
export class AlreadyExistsError extends ApiError {
  override readonly name: string = "AlreadyExistsError";
  static override readonly defaults: Refusal = { code: 409, reason: "AlreadyExists" };
}

/** 409: the object has changed meanwhile, a precondition does not hold, or another field manager owns a field. */
export class ConflictError extends ApiError {
  override readonly name: string = "ConflictError";
  static override readonly defaults: Refusal = { code: 409, reason: "Conflict" };
}

/** 410: the server has forgotten the resource version, or the continue token. List again. */
export class GoneError extends ApiError {
  override readonly name: string = "GoneError";
  static override readonly defaults: Refusal = { code: 410, reason: "Expired" };
}

/** 413, or the same refusal in the words of the server's storage: the object is too large. */
export class TooLargeError extends ApiError {
  override readonly name: string = "TooLargeError";
  static override readonly defaults: Refusal = { code: 413, reason: "RequestEntityTooLarge" };
}

/** 422: the object, or the patch, does not pass validation. */
export class InvalidError extends ApiError {
  override readonly name: string = "InvalidError";
  static override readonly defaults: Refusal = { code: 422, reason: "Invalid" };
}

/** 429: the server asks to slow down. */
export class TooManyRequestsError extends ApiError {
  override readonly name: string = "TooManyRequestsError";
  static override readonly defaults: Refusal = { code: 429, reason: "TooManyRequests" };
}

/** 5xx: the server, or a proxy in front of it, failed. */
export class ServerError extends ApiError {
  override readonly name: string = "ServerError";
  static override readonly defaults: Refusal = { code: 500, reason: "InternalError" };
}

/** No HTTP answer was received: no connection, no credentials, a broken stream, or a timeout. */
export class UnreachableError extends Error {
  override readonly name: string = "UnreachableError";
}

/** A watch has said nothing for so long, not even where it is, that nobody knows what it has not told. */
export class SilentWatchError extends Error {
  override readonly name: string = "SilentWatchError";
}

/** The answer is not what the Kubernetes API promises, or is larger than this client accepts. */
export class MalformedAnswerError extends Error {
  override readonly name: string = "MalformedAnswerError";
}

/** `metav1.Status` of a failure: the fields that are read here. */
export type FailureStatus = {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
};

const MAX_MESSAGE_LENGTH = 4096;

// The words of etcd, or of its gRPC client, about an object that is too large. API servers answer 500 then.
const TOO_LARGE_FOR_STORAGE = /^etcdserver: request is too large$|trying to send message larger than max/u;

const CLASS_BY_CODE: ReadonlyMap<number, typeof ApiError> = new Map([
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
    retryAfterMs: toRetryAfterMs(retryAfter, status),
  };
  const message = `${request}: ${said} (${code} ${refusal.reason})`;
  if (refusal.reason === "AlreadyExists") {
    return new AlreadyExistsError(message, refusal);
  }
  if (code === 500 && TOO_LARGE_FOR_STORAGE.test(said)) {
    return new TooLargeError(message, refusal);
  }
  const ErrorClass = CLASS_BY_CODE.get(code) ?? (code >= 500 ? ServerError : ApiError);
  return new ErrorClass(message, refusal);
}

/** Parses a `metav1.Status` from an error body. Anything else, such as a proxy's page, yields an empty status. */
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

// `Retry-After` may also be a date. API servers send seconds only, and the date of a proxy would need the wall clock.
function toRetryAfterMs(header: string | undefined, { details }: FailureStatus): number | undefined {
  const seconds = header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : details?.retryAfterSeconds;
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined;
}
