import type { ExchangeObserver } from "../kube/exchange.ts";

/** Which pass begins. */
export type PassDescription = {
  readonly controller: string;
  /** Key of the object. */
  readonly key: string;
  /** 1, and one more for each failed pass right before this one. */
  readonly attempt: number;
  /** What has put the key into the queue since the pass before. */
  readonly causes: readonly string[];
};

/** How an object is, as its status says. */
export type ObjectState = {
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  /** Somebody has to act, or something keeps failing. */
  readonly isFailing: boolean;
};

/** How a pass ends. */
export type PassResult = "success" | "error" | "requeue_after";

/** Follows passes and the requests that they send, for distributed tracing. */
export type Tracer = {
  /** Runs a pass, and resolves as `work` does. Requests that are sent meanwhile belong to the pass. */
  pass(description: PassDescription, work: () => Promise<PassResult>): Promise<PassResult>;
  /** Notes why the running pass fails. */
  failed(error: Error): void;
  /** Notes how the object of the running pass is by now. */
  concluded(state: ObjectState): void;
  readonly exchange: ExchangeObserver;
};
