import type { JsonObject } from "../../json.ts";

/** One entry of `details.causes`. */
export type StatusCause = { readonly reason?: string; readonly message: string; readonly field?: string };

/** One violated rule; `message` is without the field, for example `Required value`. */
export type Violation = { readonly field: string; readonly reason: string; readonly message: string };

/** What an error is about. `kind` holds the plural resource, or the kind where the real server says the kind. */
export type Subject = { readonly group: string; readonly kind: string; readonly name: string };

const NOBODY: Subject = { group: "", kind: "", name: "" };

type ErrorOf = {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly subject?: Subject;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
};

/** A refused request. `status` is the `metav1.Status` that goes over the wire. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: number;
  readonly reason: string;
  readonly status: JsonObject;

  constructor(error: ErrorOf) {
    super(error.message);
    this.code = error.code;
    this.reason = error.reason;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: error.message,
      ...(error.reason !== "" && { reason: error.reason }),
      ...detailsOf(error),
      code: error.code,
    };
  }
}

function detailsOf({ subject, causes, retryAfterSeconds }: ErrorOf): JsonObject {
  const named = Object.entries(subject ?? {}).filter(([, value]) => value !== "");
  const details: JsonObject = {
    ...Object.fromEntries(named),
    ...(causes !== undefined && causes.length > 0 && { causes }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  const known = subject !== undefined || causes !== undefined || retryAfterSeconds !== undefined;
  return known ? { details } : {};
}

// `secrets` or `deployments.apps`, as messages name a resource.
function qualified({ group, kind }: Pick<Subject, "group" | "kind">): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** 404: the object does not exist. */
export function notFound(subject: Subject): ApiError {
  const message = `${qualified(subject)} "${subject.name}" not found`;
  return new ApiError({ code: 404, reason: "NotFound", message, subject });
}

/** 409: the name is taken. */
export function alreadyExists(subject: Subject): ApiError {
  const message = `${qualified(subject)} "${subject.name}" already exists`;
  return new ApiError({ code: 409, reason: "AlreadyExists", message, subject });
}

/** 409: somebody else was faster, or a precondition does not hold. */
export function conflict(subject: Subject, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(subject)} "${subject.name}": ${why}`;
  return new ApiError({ code: 409, reason: "Conflict", message, subject });
}

/** 409: fields of a server-side apply belong to other managers. */
export function applyConflict(message: string, causes: readonly StatusCause[]): ApiError {
  return new ApiError({ code: 409, reason: "Conflict", message, causes });
}

/** 403 of a resource; an empty name speaks of the whole resource. */
export function forbidden(subject: Subject, why: string, causes?: readonly StatusCause[]): ApiError {
  const what = qualified(subject);
  const named = subject.name === "" ? what : `${what} "${subject.name}"`;
  const message = what === "" ? `forbidden: ${why}` : `${named} is forbidden: ${why}`;
  return new ApiError({ code: 403, reason: "Forbidden", message, subject, ...(causes !== undefined && { causes }) });
}

/** 401: the token is not known (any more). */
export function unauthorized(): ApiError {
  return new ApiError({ code: 401, reason: "Unauthorized", message: "Unauthorized" });
}

/** 422: the object breaks rules. `subject.kind` is the kind, not the plural. */
export function invalid(subject: Subject, violations: readonly Violation[]): ApiError {
  const texts = [...new Set(violations.map(({ field, message }) => `${field}: ${message}`))];
  const all = texts.length === 1 ? texts.join("") : `[${texts.join(", ")}]`;
  return new ApiError({
    code: 422,
    reason: "Invalid",
    message: `${qualified(subject)} "${subject.name}" is invalid: ${all}`,
    subject,
    causes: violations.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}

/** 400: the request makes no sense. */
export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: "BadRequest", message });
}

/** 405: the resource has no such verb. */
export function methodNotAllowed(): ApiError {
  const message = "the server does not allow this method on the requested resource";
  return new ApiError({ code: 405, reason: "MethodNotAllowed", message, subject: NOBODY });
}

/** 410: the resource version is older than what the server remembers. */
export function expired(message: string): ApiError {
  return new ApiError({ code: 410, reason: "Expired", message });
}

/** 504: the resource version is newer than anything the server has seen. */
export function tooLargeResourceVersion(wanted: number, current: number): ApiError {
  return new ApiError({
    code: 504,
    reason: "Timeout",
    message: `Timeout: Too large resource version: ${String(wanted)}, current: ${String(current)}`,
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** 413: the body is larger than any that is read. */
export function requestTooLarge(limitBytes: number): ApiError {
  const message = `Request entity too large: limit is ${String(limitBytes)}`;
  return new ApiError({ code: 413, reason: "RequestEntityTooLarge", message });
}

/** 415: the body's media type is not understood. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new ApiError({ code: 415, reason: "UnsupportedMediaType", message });
}

/** 415: the kind of patch is not known. */
export function unknownPatchType(): ApiError {
  const message = "415: Unsupported Media Type";
  return new ApiError({ code: 415, reason: "UnsupportedMediaType", message, subject: NOBODY });
}

/** 404 of a path that nothing serves. */
export function noSuchResource(): ApiError {
  return new ApiError({
    code: 404,
    reason: "NotFound",
    message: "the server could not find the requested resource",
    subject: NOBODY,
  });
}
