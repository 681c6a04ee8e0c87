import type { Clock } from "../kube/clock.ts";
import type { RequestReport } from "../kube/exchange.ts";
import type { Slots } from "./slots.ts";

/** How one API server copes with the reconciles of this process. */
export type ServerPace = {
  /** How many reconciles may run at the same time. */
  readonly limit: number;
  /** The quickest write of this minute and of the one before: how long a write takes that waits for no other. */
  readonly quickest: { readonly sinceMs: number; readonly ms: number; readonly beforeMs: number };
  /** Moving average. */
  readonly writeMs: number | undefined;
  /** How many writes were answered since the limit was reviewed. */
  readonly answers: number;
  readonly refusedAtMs: number;
};

/** What became of a request. */
export type PaceSample = {
  readonly nowMs: number;
  readonly durationMs: number;
  /** The server asks to slow down. */
  readonly isRefusal: boolean;
  /** Whether as many reconciles ran as may: otherwise a larger limit would change nothing. */
  readonly isFull: boolean;
};

/** Before a server has answered: the fewer reconciles there are, the sooner the first of many is through. */
export const FIRST_PACE: ServerPace = {
  limit: 4,
  quickest: { sinceMs: 0, ms: Infinity, beforeMs: Infinity },
  writeMs: undefined,
  answers: 0,
  refusedAtMs: -Infinity,
};

const LIMITS = { afterRefusals: 2, least: 4, most: 64 } as const;
/** As many writes shall wait inside a server: fewer leave it idle at times, more only make each other late. */
const WAITING_WRITES = { least: 6, most: 12 } as const;
const MINUTE_MS = 60_000;
/** Refusals of requests that were sent together are one refusal. */
const ONE_REFUSAL_MS = 1000;
const CAREFUL_MS = 5000;
const SMOOTHING = 0.1;

/**
 * Adjusts the pace to one more answer. Pure.
 *
 * As TCP Vegas does: the quickest write tells how long the server works on one, the average how many wait before it. A
 * refusal halves the limit, and only answered writes raise it again, by one each time that all reconciles were answered.
 */
export function nextPace(pace: ServerPace, sample: PaceSample): ServerPace {
  const { nowMs, durationMs, isRefusal } = sample;
  if (isRefusal) {
    return nowMs - pace.refusedAtMs < ONE_REFUSAL_MS
      ? pace
      : { ...pace, limit: Math.max(LIMITS.afterRefusals, Math.floor(pace.limit / 2)), answers: 0, refusedAtMs: nowMs };
  }
  const { writeMs = durationMs } = pace;
  const seen: ServerPace = {
    ...pace,
    quickest: quickestOf(pace.quickest, sample),
    writeMs: writeMs + SMOOTHING * (durationMs - writeMs),
    answers: pace.answers + 1,
  };
  return seen.answers < seen.limit ? seen : { ...seen, limit: reviewedLimit(seen, sample), answers: 0 };
}

function quickestOf(
  { sinceMs, ms, beforeMs }: ServerPace["quickest"],
  { nowMs, durationMs }: PaceSample,
): ServerPace["quickest"] {
  return nowMs - sinceMs >= MINUTE_MS
    ? { sinceMs: nowMs, ms: durationMs, beforeMs: ms }
    : { sinceMs, ms: Math.min(ms, durationMs), beforeMs };
}

function reviewedLimit(
  { limit, quickest, writeMs = 0, refusedAtMs }: ServerPace,
  { nowMs, isFull }: PaceSample,
): number {
  const alone = Math.max(1, Math.min(quickest.ms, quickest.beforeMs));
  const waiting = limit * (1 - Math.min(1, alone / Math.max(1, writeMs)));
  if (waiting > WAITING_WRITES.most && limit > LIMITS.least) {
    return limit - 1;
  }
  const mayRise = isFull && waiting < WAITING_WRITES.least && nowMs - refusedAtMs >= CAREFUL_MS;
  return mayRise ? Math.min(LIMITS.most, limit + 1) : limit;
}

const REFUSALS: ReadonlySet<string> = new Set(["429", "503"]);
/** The servers of all tenants, as reports name them. A slow control plane is a matter of its own tenant. */
const HOSTS = ["platform", "onboarding"] as const;

/** Keeps as many reconciles running as the slowest of the API servers copes with. */
export class Pace {
  readonly #clock: Clock;
  readonly #slots: Slots;
  readonly #servers: Map<string, ServerPace>;

  constructor(clock: Clock, slots: Slots) {
    this.#clock = clock;
    this.#slots = slots;
    this.#servers = new Map(HOSTS.map((host) => [host, { ...FIRST_PACE, limit: slots.count }]));
  }

  /** Notes how a request has ended. */
  readonly observe = ({ host, method, code, durationMs }: RequestReport): void => {
    const pace = this.#servers.get(host);
    const isRefusal = REFUSALS.has(code);
    // How long a read takes depends on the size of its answer.
    const isWrite = method !== "GET" && code !== "<error>";
    if (pace === undefined || !(isRefusal || isWrite)) {
      return;
    }
    const next = nextPace(pace, { nowMs: this.#clock.now(), durationMs, isRefusal, isFull: this.#slots.isFull });
    this.#servers.set(host, next);
    if (next.limit !== pace.limit) {
      this.#slots.resize(Math.min(...this.#servers.values().map(({ limit }) => limit)));
    }
  };
}
