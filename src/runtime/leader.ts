import type { Clock } from "../kube/clock.ts";
import { LeadershipLostError } from "./leadership-lost-error.ts";
import { type LeaseClient, LeaseLock } from "./lease-lock.ts";
import type { Log } from "./log.ts";
import { untilAborted } from "../kube/deadline.ts";

/** How to lead. The three times keep `retryPeriodMs < renewDeadlineMs < leaseDurationMs`. */
export type LeaderOptions = {
  readonly client: LeaseClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: two that share it would both lead. */
  readonly identity: string;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  /** How long others wait after our last sign of life before they take over; default 15 s. */
  readonly leaseDurationMs?: number;
  /** How long we work on after the start of the last request that renewed the lease; default 10 s. */
  readonly renewDeadlineMs?: number;
  /** How often we renew, and how soon we try again when the lease cannot be reached; default 2 s. */
  readonly retryPeriodMs?: number;
  /** How often we look whether the lease of somebody else has become free; default 0.5 s. */
  readonly lookPeriodMs?: number;
  /** How long `lead` may take to stop on shutdown; default 30 s. */
  readonly stopMs?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called once, before `lead`. */
  readonly onLeading?: () => void;
  /**
   * The work. Its signal is aborted with a `LeadershipLostError` when it has to stop at once.
   *
   * `isLeading` tells by the clock: a process that was stopped for a while has to ask before it gets to its timers.
   */
  readonly lead: (signal: AbortSignal, isLeading: () => boolean) => Promise<void>;
};

type Campaign = {
  readonly options: LeaderOptions;
  readonly lock: LeaseLock;
  readonly deadlineMs: number;
  readonly periodMs: number;
  readonly lookMs: number;
  /** What is left between our deadline and the earliest moment at which somebody else may start. */
  readonly marginMs: number;
};

type Term = {
  /** Until when the lease can be relied on. */
  deadline: number;
  readonly work: AbortController;
  readonly over: AbortSignal;
};

/** How the work ended; `stuck` when it did not. */
type End = { readonly kind: "ended" | "stuck" } | { readonly kind: "failed"; readonly error: unknown };

/**
 * Waits for the lease, and does the work while holding it.
 *
 * Nobody else can start before the work had time to stop: others wait for `leaseDurationMs` from the moment our last
 * renewal reached the server, and we stop `renewDeadlineMs` after the moment we sent it. On shutdown the lease is kept
 * until the work has ended and is then given up at once. A failure of `lead` is thrown after that.
 */
export async function runAsLeader(options: LeaderOptions): Promise<"stopped" | "lost"> {
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2000, lookPeriodMs = 500 } = options;
  if (retryPeriodMs >= renewDeadlineMs || renewDeadlineMs >= leaseDurationMs) {
    throw new Error("leader election needs retry period < renew deadline < lease duration");
  }
  const campaign: Campaign = {
    options,
    lock: new LeaseLock({ ...options, leaseDurationMs }),
    deadlineMs: renewDeadlineMs,
    periodMs: retryPeriodMs,
    lookMs: lookPeriodMs,
    marginMs: leaseDurationMs - renewDeadlineMs,
  };
  const heldSinceMs = await acquire(campaign);
  if (heldSinceMs === undefined) {
    return "stopped";
  }
  options.log.info({ lease: options.name }, "leading");
  return serve(campaign, heldSinceMs);
}

/** Resolves with the time at which the successful request started, or `undefined` when told to stop before. */
async function acquire({ options, lock, deadlineMs, periodMs, lookMs }: Campaign): Promise<number | undefined> {
  const { clock, random, log, signal } = options;
  let holder: string | undefined;
  while (!signal.aborted) {
    const startedAt = clock.now();
    let waitMs = lookMs;
    try {
      // Not cut off on shutdown: such a request could still take the lease, and nobody would give it up.
      if (await within(clock, deadlineMs, (attempt) => lock.hold(attempt))) {
        return startedAt;
      }
      if (lock.holder !== holder) {
        holder = lock.holder;
        log.info({ lease: options.name, holder }, "another process leads, waiting");
      }
    } catch (error) {
      log.warn({ err: error, lease: options.name }, "cannot reach the lease, trying again");
      waitMs = periodMs;
    }
    await clock.sleep(waitMs * (1 + random() / 5), signal);
  }
  return undefined;
}

async function serve(campaign: Campaign, heldSinceMs: number): Promise<"stopped" | "lost"> {
  const { options } = campaign;
  const { signal, log } = options;
  const work = new AbortController();
  const over = new AbortController();
  const stop = (): void => work.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) {
    stop();
  }
  options.onLeading?.();
  const term: Term = { deadline: heldSinceMs + campaign.deadlineMs, work, over: over.signal };
  const renewing = renewUntilLost(campaign, term);
  const isLeading = (): boolean =>
    options.clock.now() < term.deadline && !(work.signal.reason instanceof LeadershipLostError);
  const working = runWork(() => options.lead(work.signal, isLeading));
  const end = await Promise.race([working, losePatience(campaign, work.signal, over.signal)]);
  over.abort();
  signal.removeEventListener("abort", stop);

  if (work.signal.reason instanceof LeadershipLostError) {
    log.error({ lease: options.name }, "lost the lease");
    return "lost";
  }
  if (end.kind === "stuck") {
    log.error({ lease: options.name }, "the work does not stop, so the lease is left to expire");
    return "stopped";
  }
  // A renewal under way would be in conflict with giving up.
  await renewing;
  await release(campaign);
  if (end.kind === "failed") {
    throw new Error("the work of the leader failed", { cause: end.error });
  }
  return "stopped";
}

async function runWork(work: () => Promise<void>): Promise<End> {
  try {
    await work();
    return { kind: "ended" };
  } catch (error) {
    return { kind: "failed", error };
  }
}

/** Resolves when the work has had its time to stop. */
async function losePatience(campaign: Campaign, work: AbortSignal, over: AbortSignal): Promise<End> {
  const { options, marginMs } = campaign;
  await untilAborted(work);
  await options.clock.sleep(work.reason instanceof LeadershipLostError ? marginMs : (options.stopMs ?? 30_000), over);
  return { kind: "stuck" };
}

/** Renews the lease until `over`, and aborts the work as soon as the lease cannot be relied on. */
async function renewUntilLost({ options, lock, deadlineMs, periodMs }: Campaign, term: Term): Promise<void> {
  const { clock, log } = options;
  for (;;) {
    await clock.sleep(Math.min(periodMs, term.deadline - clock.now()), term.over);
    if (term.over.aborted) {
      return;
    }
    const startedAt = clock.now();
    try {
      if (
        startedAt >= term.deadline ||
        !(await within(clock, term.deadline - startedAt, (attempt) => lock.hold(attempt)))
      ) {
        term.work.abort(new LeadershipLostError("another process may lead from now on"));
        return;
      }
      term.deadline = startedAt + deadlineMs;
    } catch (error) {
      log.warn({ err: error, lease: options.name }, "cannot renew the lease, trying again");
    }
  }
}

async function release({ options, lock, marginMs }: Campaign): Promise<void> {
  try {
    await within(options.clock, marginMs, (signal) => lock.release(signal));
  } catch (error) {
    options.log.warn({ err: error, lease: options.name }, "cannot give up the lease, it expires by itself");
  }
}

/** Gives a request up when there is no answer in time. Does not rely on the request to notice. */
async function within<R>(clock: Clock, timeoutMs: number, run: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const cut = new AbortController();
  const answered = new AbortController();
  const expire = async (): Promise<never> => {
    await clock.sleep(timeoutMs, answered.signal);
    cut.abort();
    throw new Error(`no answer within ${timeoutMs} ms`);
  };
  try {
    return await Promise.race([run(cut.signal), expire()]);
  } finally {
    answered.abort();
  }
}
