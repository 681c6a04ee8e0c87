import type { PatchOptions } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { type Lease, leases } from "../kube/core.ts";
import { untilAborted, withDeadline } from "../kube/deadline.ts";
import { AlreadyExistsError, ConflictError, NotFoundError } from "../kube/errors.ts";
import type { ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { Failures } from "./failures.ts";
import type { Log } from "./log.ts";

/** Another process may lead from now on: the reason of the signal of work that has to stop at once. */
export class LeadershipLostError extends Error {
  override readonly name = "LeadershipLostError";
}

/** The part of `KubeClient` that leader election uses. */
export type LeaseClient = {
  find(resource: Resource<Lease>, ref: ObjectRef, signal: AbortSignal): Promise<Lease | undefined>;
  create(resource: Resource<Lease>, object: Lease, signal: AbortSignal): Promise<Lease>;
  mergePatch(resource: Resource<Lease>, ref: ObjectRef, patch: unknown, options: PatchOptions): Promise<Lease>;
};

type LeaseSpec = NonNullable<Lease["spec"]>;

/** How to lead. `retryPeriodMs < renewDeadlineMs < leaseDurationMs` has to hold. */
export type LeaderOptions = {
  readonly client: LeaseClient;
  readonly namespace: string;
  readonly name: string;
  /** Annotations of the lease while this process holds it, for whoever looks at it. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Unique to this process: two processes with the same identity would both lead. */
  readonly identity: string;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  /** How long others wait after our last renewal before they take over; default 15 s. */
  readonly leaseDurationMs?: number;
  /** How long the work may continue after the last successful renewal was sent; default 10 s. */
  readonly renewDeadlineMs?: number;
  /** How often we renew the lease, and after how long we repeat a request that failed; default 2 s. */
  readonly retryPeriodMs?: number;
  /** How often we look whether another process has released the lease; default 0.5 s. */
  readonly lookPeriodMs?: number;
  /** How long `lead` may take to stop on shutdown; default 30 s. */
  readonly stopMs?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called once, before `lead`. */
  readonly onLeading?: () => void;
  /**
   * The work of the leader. Its signal is aborted with a `LeadershipLostError` when it has to stop at once.
   *
   * `isLeading` compares the clock with the renew deadline. A process that was frozen has to ask `isLeading` before a
   * write: its timers come too late.
   */
  readonly lead: (signal: AbortSignal, isLeading: () => boolean) => Promise<void>;
};

type Times = Pick<LeaderOptions, "leaseDurationMs" | "renewDeadlineMs" | "retryPeriodMs" | "lookPeriodMs" | "stopMs">;

type Campaign = LeaderOptions & Required<Times> & { readonly lock: LeaseLock };

type Term = {
  /** When the lease has to be renewed at the latest. */
  deadline: number;
  /** Stops the work because the lease is lost. */
  readonly lost: AbortController;
  readonly over: AbortSignal;
};

const DEFAULT_TIMES: Required<Times> = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2000,
  lookPeriodMs: 500,
  stopMs: 30_000,
};

/** How the work ended; `stuck` when it did not end. */
type End = { readonly kind: "ended" | "stuck" } | { readonly kind: "failed"; readonly error: unknown };

/**
 * Waits for the lease, and runs `lead` while this process holds the lease.
 *
 * Our work has `leaseDurationMs - renewDeadlineMs` to stop before another process may start: others wait
 * `leaseDurationMs` from the moment our last renewal reached the server, and our work is stopped `renewDeadlineMs`
 * after the moment we sent it. On shutdown the lease is released as soon as the work has ended. An error of `lead` is
 * thrown after that.
 */
export async function runAsLeader(options: LeaderOptions): Promise<"stopped" | "lost"> {
  const settings = { ...DEFAULT_TIMES, ...options };
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = settings;
  if (retryPeriodMs >= renewDeadlineMs || renewDeadlineMs >= leaseDurationMs) {
    throw new Error("leader election needs retry period < renew deadline < lease duration");
  }
  const campaign = { ...settings, lock: new LeaseLock(settings) };
  const heldSinceMs = await acquire(campaign);
  if (heldSinceMs === undefined) {
    return "stopped";
  }
  options.log.info({ lease: options.name }, "leading");
  return serve(campaign, heldSinceMs);
}

/** Resolves with the time at which the successful request was sent, or `undefined` when `signal` is aborted before. */
async function acquire(campaign: Campaign): Promise<number | undefined> {
  const { lock, name, clock, random, log, signal } = campaign;
  let holder: string | undefined;
  const failures = new Failures();
  while (!signal.aborted) {
    const startedAt = clock.now();
    let waitMs = campaign.lookPeriodMs;
    try {
      // Not aborted on shutdown: the aborted request could still take the lease, and nobody would release it.
      if (await within(campaign.renewDeadlineMs, clock, (attempt) => lock.hold(attempt))) {
        return startedAt;
      }
      if (failures.end(name)) {
        log.info({ lease: name }, "reached the lease again");
      }
      if (lock.holder !== holder) {
        holder = lock.holder;
        log.info({ lease: name, holder }, "another process leads, waiting");
      }
    } catch (error) {
      log[failures.level(name, error)]({ err: error, lease: name }, "cannot reach the lease, trying again");
      waitMs = campaign.retryPeriodMs;
    }
    await clock.sleep(waitMs * (1 + random() / 5), signal);
  }
  return undefined;
}

async function serve(campaign: Campaign, heldSinceMs: number): Promise<"stopped" | "lost"> {
  const { name, clock, log } = campaign;
  const lost = new AbortController();
  const over = new AbortController();
  const work = AbortSignal.any([campaign.signal, lost.signal]);
  campaign.onLeading?.();
  const term: Term = { deadline: heldSinceMs + campaign.renewDeadlineMs, lost, over: over.signal };
  const renewing = renewUntilLost(campaign, term);
  const isLeading = (): boolean => clock.now() < term.deadline && !(work.reason instanceof LeadershipLostError);
  const working = runWork(() => campaign.lead(work, isLeading));
  const end = await Promise.race([working, losePatience(campaign, work, over.signal)]);
  over.abort();

  if (work.reason instanceof LeadershipLostError) {
    log.error({ lease: name }, "lost the lease");
    return "lost";
  }
  if (end.kind === "stuck") {
    log.error({ lease: name }, "the work does not stop, so the lease is left to expire");
    return "stopped";
  }
  // The release would conflict with a renewal that is still running.
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

/** Resolves when the time in which the work has to stop is over. */
async function losePatience(campaign: Campaign, work: AbortSignal, over: AbortSignal): Promise<End> {
  await untilAborted(work);
  await campaign.clock.sleep(work.reason instanceof LeadershipLostError ? marginOf(campaign) : campaign.stopMs, over);
  return { kind: "stuck" };
}

/** Renews the lease until `over` is aborted, and aborts the work when the lease is lost or its deadline has passed. */
async function renewUntilLost(campaign: Campaign, term: Term): Promise<void> {
  const { lock, name, clock, log, retryPeriodMs, renewDeadlineMs } = campaign;
  const failures = new Failures();
  for (;;) {
    await clock.sleep(Math.min(retryPeriodMs, term.deadline - clock.now()), term.over);
    if (term.over.aborted) {
      return;
    }
    const startedAt = clock.now();
    try {
      if (
        startedAt >= term.deadline ||
        !(await within(term.deadline - startedAt, clock, (attempt) => lock.hold(attempt)))
      ) {
        term.lost.abort(new LeadershipLostError("another process may lead from now on"));
        return;
      }
      term.deadline = startedAt + renewDeadlineMs;
      if (failures.end(name)) {
        log.info({ lease: name }, "renewed the lease again");
      }
    } catch (error) {
      log[failures.level(name, error)]({ err: error, lease: name }, "cannot renew the lease, trying again");
    }
  }
}

async function release(campaign: Campaign): Promise<void> {
  const { lock, name, clock, log } = campaign;
  try {
    await within(marginOf(campaign), clock, (signal) => lock.release(signal));
  } catch (error) {
    log.warn({ err: error, lease: name }, "cannot release the lease, it expires by itself");
  }
}

/** How long after our renew deadline another process may start at the earliest. */
function marginOf({ leaseDurationMs, renewDeadlineMs }: Campaign): number {
  return leaseDurationMs - renewDeadlineMs;
}

/** Runs a request, and gives it up after `timeoutMs` even when the request does not react to its signal. */
function within<R>(timeoutMs: number, clock: Clock, run: (signal: AbortSignal) => Promise<R>): Promise<R> {
  return withDeadline({ clock, timeoutMs, signal: new AbortController().signal }, run);
}

/**
 * Holds a Lease by one request after the other.
 *
 * Each write has the resource version that was read as its precondition, so only one of two competing processes
 * succeeds. The lease of another process counts as expired when *we* have seen it unchanged for its duration: the
 * clocks of two machines are never compared.
 */
class LeaseLock {
  readonly #options: LeaderOptions & { readonly leaseDurationMs: number };
  #lease: Lease | undefined;
  /** The last change of the lease, and when we saw it. */
  #observed: { readonly record: string; readonly atMs: number } | undefined;

  constructor(options: LeaderOptions & { readonly leaseDurationMs: number }) {
    this.#options = options;
  }

  /** The last known holder; empty when there is none. */
  get holder(): string {
    return this.#lease?.spec?.holderIdentity ?? "";
  }

  /** Takes or renews the lease; false when another process holds it. Throws when a request fails. */
  async hold(signal: AbortSignal): Promise<boolean> {
    try {
      if (this.#lease === undefined || this.holder !== this.#options.identity) {
        await this.#read(signal);
      }
      if (!this.#isFree()) {
        return false;
      }
      await this.#write(signal);
      return true;
    } catch (error) {
      if (error instanceof ConflictError || error instanceof AlreadyExistsError || error instanceof NotFoundError) {
        // Either another process has written, or an earlier write of ours succeeded and its answer was lost.
        this.#lease = undefined;
        return this.#holdsAfterConflict(signal);
      }
      throw error;
    }
  }

  /** Releases the lease, so that the next holder need not wait. Does nothing when another process holds it. */
  async release(signal: AbortSignal): Promise<void> {
    const spec = this.#lease?.spec;
    if (spec === undefined || this.holder !== this.#options.identity) {
      return;
    }
    const now = toMicroTime(this.#options.clock.now());
    await this.#patch(
      { ...spec, holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now },
      signal,
    );
  }

  async #holdsAfterConflict(signal: AbortSignal): Promise<boolean> {
    await this.#read(signal);
    if (this.#lease !== undefined && this.holder !== this.#options.identity) {
      return false;
    }
    await this.#write(signal);
    return true;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { client, namespace, name } = this.#options;
    const lease = await client.find(leases, { namespace, name }, signal);
    if (lease === undefined) {
      this.#lease = undefined;
    } else {
      this.#observe(lease);
    }
  }

  #isFree(): boolean {
    if (this.holder === "" || this.holder === this.#options.identity || this.#observed === undefined) {
      return true;
    }
    const theirsMs = (this.#lease?.spec?.leaseDurationSeconds ?? 0) * 1000;
    const durationMs = Math.max(theirsMs, this.#options.leaseDurationMs);
    return this.#options.clock.now() - this.#observed.atMs >= durationMs;
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { client, namespace, name, identity, leaseDurationMs, clock } = this.#options;
    const before = this.#lease?.spec;
    const isOurs = this.holder === identity;
    const now = toMicroTime(clock.now());
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: isOurs ? (before?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (isOurs || before === undefined ? 0 : 1),
    };
    if (this.#lease !== undefined) {
      await this.#patch(spec, signal);
      return;
    }
    const metadata: Lease["metadata"] = { namespace, name, ...annotationsOf(this.#options) };
    const lease: Lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    this.#observe(await client.create(leases, lease, signal));
  }

  async #patch(spec: LeaseSpec, signal: AbortSignal): Promise<void> {
    const { client, namespace, name } = this.#options;
    const { resourceVersion } = this.#lease?.metadata ?? {};
    const patch = { metadata: { resourceVersion, ...annotationsOf(this.#options) }, spec };
    this.#observe(await client.mergePatch(leases, { namespace, name }, patch, { signal }));
  }

  #observe(lease: Lease): void {
    this.#lease = lease;
    const record = JSON.stringify(lease.spec);
    if (record !== this.#observed?.record) {
      this.#observed = { record, atMs: this.#options.clock.now() };
    }
  }
}

function annotationsOf({ annotations }: Pick<LeaderOptions, "annotations">): Pick<LeaderOptions, "annotations"> {
  return annotations === undefined ? {} : { annotations };
}

/** `metav1.MicroTime`. */
function toMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
