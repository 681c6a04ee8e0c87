/** A retry cannot help until somebody changes an object. Becomes a condition and an Event, without a retry. */
export class StalledError extends Error {
  override readonly name = "StalledError";
  /** Reason of the condition. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Another system has to act first. Becomes a condition whose message names that system. */
export class WaitingError extends Error {
  override readonly name = "WaitingError";
  /** Reason of the condition. */
  readonly reason: string;
  /** When to reconcile again without an event; absent when an event is sure to come. */
  readonly retryAfterMs?: number;

  constructor(reason: string, message: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options);
    this.reason = reason;
    if (options.retryAfterMs !== undefined) {
      this.retryAfterMs = options.retryAfterMs;
    }
  }
}
