/** `details` of a `metav1.Status`. */
export type StatusDetails = {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  readonly retryAfterSeconds?: number;
};

/** What an API server said when it refused. `reason` is a `metav1.StatusReason`. */
export type Refusal = {
  readonly code: number;
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  readonly details?: StatusDetails | undefined;
};

/** The API server answered with a failure. The message names the request and carries the server's own words. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly code: number;
  readonly reason: string;
  /** How long the server asks to wait before the next attempt. */
  readonly retryAfterMs?: number;
  readonly details: StatusDetails;

  constructor(message: string, refusal: Refusal) {
    super(message);
    this.code = refusal.code;
    this.reason = refusal.reason;
    this.details = refusal.details ?? {};
    if (refusal.retryAfterMs !== undefined) {
      this.retryAfterMs = refusal.retryAfterMs;
    }
  }
}

/** 401: the credentials are missing, wrong or expired. */
export class UnauthorizedError extends ApiError {
  override readonly name: string = "UnauthorizedError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 401, reason: "Unauthorized", ...refusal });
  }
}

/** 403: the user is known but may not do this. */
export class ForbiddenError extends ApiError {
  override readonly name: string = "ForbiddenError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 403, reason: "Forbidden", ...refusal });
  }
}

/** 404: the object, or the whole resource, does not exist. */
export class NotFoundError extends ApiError {
  override readonly name: string = "NotFoundError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 404, reason: "NotFound", ...refusal });
  }
}

/** 409 on a create: an object of that name is there already. */
export class AlreadyExistsError extends ApiError {
  override readonly name: string = "AlreadyExistsError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 409, reason: "AlreadyExists", ...refusal });
  }
}

/** 409: the object changed meanwhile, a precondition does not hold, or another field manager owns a field. */
export class ConflictError extends ApiError {
  override readonly name: string = "ConflictError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 409, reason: "Conflict", ...refusal });
  }
}

/** 410: the resource version, or the continue token, is older than what the server remembers. List anew. */
export class GoneError extends ApiError {
  override readonly name: string = "GoneError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 410, reason: "Expired", ...refusal });
  }
}

/** 413, or the word of the server's storage: the object is larger than the server takes. */
export class TooLargeError extends ApiError {
  override readonly name: string = "TooLargeError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 413, reason: "RequestEntityTooLarge", ...refusal });
  }
}

/** 422: the object, or the patch, does not pass validation. */
export class InvalidError extends ApiError {
  override readonly name: string = "InvalidError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 422, reason: "Invalid", ...refusal });
  }
}

/** 429: the server asks to slow down. */
export class TooManyRequestsError extends ApiError {
  override readonly name: string = "TooManyRequestsError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 429, reason: "TooManyRequests", ...refusal });
  }
}

/** 5xx: the server, or a proxy before it, failed. */
export class ServerError extends ApiError {
  override readonly name: string = "ServerError";

  constructor(message: string, refusal: Partial<Refusal> = {}) {
    super(message, { code: 500, reason: "InternalError", ...refusal });
  }
}

/** No HTTP answer was received: no connection, no credentials, a broken stream, or none in time. */
export class UnreachableError extends Error {
  override readonly name: string = "UnreachableError";
}

/** An answer came that is not what the Kubernetes API promises, or is larger than this client accepts. */
export class MalformedAnswerError extends Error {
  override readonly name: string = "MalformedAnswerError";
}
