import type { Clock } from "../kube/clock.ts";
import type { Backoff } from "./backoff.ts";
import type { Log } from "./log.ts";
import type { WorkQueue } from "./queue.ts";
import { LeadershipLostError } from "./leader.ts";
import type { Slots } from "./slots.ts";
import { untilAborted } from "../kube/deadline.ts";

/** When a key is worked on again although nothing changed. `backoff` says that the pass failed. */
export type Retry = "never" | "backoff" | { readonly afterMs: number };

/** Told what a controller does, for metrics. */
export type ControllerObserver = {
  /** The controller began, to work on so many keys at the same time. */
  began(concurrency: number): void;
  started(): void;
  finished(result: "success" | "error" | "requeue_after", durationMs: number): void;
};

/** What a controller is made of. */
export type ControllerOptions = {
  /** Names the controller in logs. */
  readonly name: string;
  readonly queue: WorkQueue;
  /** Brings what the key names one step on. What it throws is logged, and counts as `backoff`. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Retry>;
  /** One for each key that is worked on at the same time. A pass that waits for somebody may lend its own. */
  readonly slots: Slots;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly log: Log;
  readonly metrics?: ControllerObserver;
  readonly signal: AbortSignal;
  /** How long running reconciles may take to finish after `signal` was aborted. */
  readonly drainMs: number;
};

/** What a reconcile has to give up after its signal was aborted is one call at most. */
const GIVE_UP_MS = 1000;

/**
 * Works on the keys of a queue until `signal` is aborted.
 *
 * From then on no key is started; running reconciles get `drainMs` to finish, or none when the leadership was lost;
 * then their signal is aborted. It returns when all have ended, and at the latest a second after that.
 */
export async function runController(options: ControllerOptions): Promise<void> {
  const { queue, slots, clock, signal, drainMs } = options;
  options.metrics?.began(slots.count);
  const work = new AbortController();
  const active = new Map<string, Promise<void>>();
  const finished = handOut(options, active, work.signal);
  await Promise.race([finished, untilAborted(signal)]);

  const patience = new AbortController();
  const graceMs = signal.reason instanceof LeadershipLostError ? 0 : drainMs;
  await Promise.race([finished, clock.sleep(graceMs, patience.signal)]);
  work.abort(signal.reason);
  await Promise.race([finished, clock.sleep(GIVE_UP_MS, patience.signal)]);
  patience.abort();
  queue.close();
  if (active.size > 0) {
    options.log.warn({ controller: options.name, keys: [...active.keys()] }, "left reconciles behind that do not stop");
  }
}

async function handOut(
  options: ControllerOptions,
  active: Map<string, Promise<void>>,
  work: AbortSignal,
): Promise<void> {
  const { queue, slots, signal } = options;
  await slots.take();
  for (let key = await queue.next(signal); key !== undefined; key = await queue.next(signal)) {
    active.set(key, workOn(key, options, { active, work }));
    await slots.take();
  }
  slots.give();
  await Promise.all(active.values());
}

async function workOn(
  key: string,
  options: ControllerOptions,
  { active, work }: { readonly active: Map<string, Promise<void>>; readonly work: AbortSignal },
): Promise<void> {
  const { queue, slots, clock, backoff } = options;
  const beganAt = clock.now();
  const retry = await runOnce(options, key, work);
  active.delete(key);
  queue.done(key);
  if (retry === "backoff") {
    queue.retryAfter(key, backoff.afterFailure(key, { beganAt, now: clock.now() }));
  } else {
    backoff.reset(key);
    if (retry !== "never") {
      queue.addAfter(key, retry.afterMs);
    }
  }
  slots.give();
}

async function runOnce(options: ControllerOptions, key: string, work: AbortSignal): Promise<Retry> {
  const { reconcile, clock, metrics, log, name } = options;
  const startedAt = clock.now();
  metrics?.started();
  let retry: Retry = "backoff";
  try {
    retry = await reconcile(key, work);
  } catch (error) {
    // What fails because it was told to stop is no failure.
    log[work.aborted ? "debug" : "error"]({ controller: name, key, err: error }, "reconcile failed");
  }
  metrics?.finished(resultOf(retry), clock.now() - startedAt);
  return retry;
}

function resultOf(retry: Retry): "success" | "error" | "requeue_after" {
  if (retry === "backoff") {
    return "error";
  }
  return retry === "never" ? "success" : "requeue_after";
}
