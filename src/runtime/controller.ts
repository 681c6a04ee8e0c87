import { type Clock, nextTurn } from "../kube/clock.ts";
import type { Backoff } from "./backoff.ts";
import { Failures } from "./failures.ts";
import type { Urgency } from "./lanes.ts";
import type { Log } from "./log.ts";
import { TIMER, type WorkQueue } from "./queue.ts";
import { LeadershipLostError } from "./leader.ts";
import type { Slots } from "./slots.ts";
import { untilAborted } from "../kube/deadline.ts";
import type { PassResult, Tracer } from "./tracing.ts";

/**
 * When a key is reconciled again without an event. `backoff` means that the reconcile failed. `urgency` is named by a
 * reconcile that has left something to do then. Default: the sooner, the more urgent.
 */
export type Retry = "never" | "backoff" | { readonly afterMs: number; readonly urgency?: Urgency };

/** Observes a controller, for metrics. */
export type ControllerObserver = {
  /** How many reconciles may run at the same time from now on. */
  limited(concurrency: number): void;
  started(): void;
  finished(result: PassResult, durationMs: number): void;
};

/** The parts of a controller. */
export type ControllerOptions = {
  /** Names the controller in logs. */
  readonly name: string;
  readonly queue: WorkQueue;
  /** Reconciles the object of a key. An error is logged, and counts as `backoff`. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Retry>;
  /** One for each key that is reconciled at the same time. A reconcile that waits for a server may lend its slot. */
  readonly slots: Slots;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly log: Log;
  readonly metrics?: ControllerObserver;
  readonly tracer?: Tracer | undefined;
  readonly signal: AbortSignal;
  /** How long running reconciles may take to end after `signal` was aborted. */
  readonly drainMs: number;
};

/** A reconcile that wants to be repeated sooner is in the middle of something. */
const SOON_MS = 1000;
/** One that wants to be repeated sooner has not got as far as it should; any other only looks whether all is well. */
const LATER_MS = 30_000;
/**
 * Reconciles that ask no server follow one another within one turn of the event loop. Thousands of them shall not keep this
 * process from hearing servers and probes for longer.
 */
const LONGEST_TURN_MS = 20;
/** After its signal is aborted, a reconcile has at most one call to give up. */
const GIVE_UP_MS = 1000;

/**
 * Reconciles the keys of a queue until `signal` is aborted.
 *
 * From then on no reconcile starts. The signal of running ones is aborted after `drainMs`, or at once when the
 * leadership was lost. Returns when all of them have ended, and at the latest a second after their signal was aborted.
 */
export async function runController(options: ControllerOptions): Promise<void> {
  const { queue, slots, clock, signal, drainMs } = options;
  const failures = new Failures();
  options.metrics?.limited(slots.count);
  slots.onResize((count) => options.metrics?.limited(count));
  const work = new AbortController();
  const active = new Map<string, Promise<void>>();
  const finished = handOut({ ...options, failures }, active, work.signal);
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

type RunOptions = ControllerOptions & {
  /** The errors that the log has already, by key. */
  readonly failures: Failures;
};

async function handOut(options: RunOptions, active: Map<string, Promise<void>>, work: AbortSignal): Promise<void> {
  const { queue, slots, clock, signal } = options;
  let pausedAt = clock.now();
  await slots.take();
  for (let key = await queue.next(signal); key !== undefined; key = await queue.next(signal)) {
    active.set(key, workOn(key, options, { active, work }));
    await slots.take();
    if (clock.now() - pausedAt >= LONGEST_TURN_MS) {
      await nextTurn();
      pausedAt = clock.now();
    }
  }
  slots.give();
  await Promise.all(active.values());
}

async function workOn(
  key: string,
  options: RunOptions,
  { active, work }: { readonly active: Map<string, Promise<void>>; readonly work: AbortSignal },
): Promise<void> {
  const { queue, slots, clock, backoff } = options;
  const beganAt = clock.now();
  const retry = await runTraced(options, key, work);
  active.delete(key);
  queue.done(key);
  if (retry === "backoff") {
    queue.retryAfter(key, backoff.afterFailure(key, { beganAt, now: clock.now() }));
  } else {
    backoff.reset(key);
    if (retry !== "never") {
      queue.addAfter(key, retry.afterMs, { cause: TIMER, urgency: urgencyOf(retry) });
    }
  }
  slots.give();
}

function urgencyOf({ afterMs, urgency }: Exclude<Retry, string>): Urgency {
  if (urgency !== undefined) {
    return urgency;
  }
  if (afterMs < SOON_MS) {
    return "news";
  }
  return afterMs < LATER_MS ? "order" : "sweep";
}

async function runTraced(options: RunOptions, key: string, work: AbortSignal): Promise<Retry> {
  const { tracer, name, backoff, queue } = options;
  if (tracer === undefined) {
    return runOnce(options, key, work);
  }
  let retry: Retry = "backoff";
  const pass = { controller: name, key, attempt: backoff.failures(key) + 1, causes: queue.causes(key) };
  await tracer.pass(pass, async () => {
    retry = await runOnce(options, key, work);
    return resultOf(retry);
  });
  return retry;
}

async function runOnce(options: RunOptions, key: string, work: AbortSignal): Promise<Retry> {
  const { reconcile, clock, metrics, tracer, log, failures, name: controller } = options;
  const startedAt = clock.now();
  metrics?.started();
  let retry: Retry = "backoff";
  try {
    retry = await reconcile(key, work);
    if (failures.end(key)) {
      log.info({ controller, key }, "reconciled again after a failure");
    }
  } catch (error) {
    if (error instanceof Error) {
      tracer?.failed(error);
    }
    // An error after the abort is a consequence of it.
    const isNew = !work.aborted && failures.isNew(key, error);
    log[isNew ? "error" : "debug"]({ controller, key, err: error }, "reconcile failed");
  }
  const [result, durationMs] = [resultOf(retry), clock.now() - startedAt];
  metrics?.finished(result, durationMs);
  log.debug({ controller, key, result, durationMs }, "reconciled");
  return retry;
}

function resultOf(retry: Retry): PassResult {
  if (retry === "backoff") {
    return "error";
  }
  return retry === "never" ? "success" : "requeue_after";
}
