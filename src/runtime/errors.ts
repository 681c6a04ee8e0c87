/** Retrying cannot help until someone edits an object. Becomes a condition and an Event, and no retry. */
export class StalledError extends Error {
  override readonly name = "StalledError";
  /** For machines: becomes the reason of the condition. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Something outside has to happen first. Becomes a condition that names what is waited for. */
export class WaitingError extends Error {
  override readonly name = "WaitingError";
  /** For machines: becomes the reason of the condition. */
  readonly reason: string;
  /** When to look again although no event came; absent when the watches are enough. */
  readonly retryAfterMs?: number;

  constructor(reason: string, message: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options);
    this.reason = reason;
    if (options.retryAfterMs !== undefined) {
      this.retryAfterMs = options.retryAfterMs;
    }
  }
}
