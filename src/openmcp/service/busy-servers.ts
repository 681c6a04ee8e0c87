import type { Clock } from "../../kube/clock.ts";
import { ApiError } from "../../kube/errors.ts";
import { Backoff } from "../../runtime/backoff.ts";

/** Until then nobody has to know: the tenants wait, and none of them has failed. */
const LASTING_MS = 60_000;
/** Shorter than the poll interval, so that a tenant does not wait for long once the servers answer. */
const LONGEST_WAIT_MS = 10_000;
/** More than a pass has: a server that words each refusal differently shall not keep a tenant waiting without a word. */
const MOST_REQUESTS = 40;
const BUSY_CODES: ReadonlySet<number> = new Set([429, 503]);

/** `refused` are the requests at which passes have ended. */
type Stuck = { sinceMs: number; readonly refused: Set<string> };

/** Tells API servers that are busy for a while from those that keep a tenant waiting for so long that it has to be told. */
export class BusyServers {
  readonly #clock: Clock;
  /** By key, since when no pass has got any further. */
  readonly #stuck = new Map<string, Stuck>();
  /** Spreads the passes that were refused together. */
  readonly #backoff: Backoff;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: () => number }) {
    this.#clock = clock;
    this.#backoff = new Backoff({ maxMs: LONGEST_WAIT_MS, random });
  }

  /**
   * Whether an error is no failure yet: a server asks to slow down, and passes have got further within a minute. One has
   * when it is refused a request that none before was refused.
   */
  areToBlame(key: string, error: unknown): error is ApiError {
    if (!(error instanceof ApiError && BUSY_CODES.has(error.code))) {
      return false;
    }
    const nowMs = this.#clock.now();
    const stuck = this.#stuck.get(key) ?? { sinceMs: nowMs, refused: new Set<string>() };
    if (!stuck.refused.has(error.message) && stuck.refused.size < MOST_REQUESTS) {
      stuck.refused.add(error.message);
      stuck.sinceMs = nowMs;
    }
    this.#stuck.set(key, stuck);
    return nowMs - stuck.sinceMs < LASTING_MS;
  }

  /** Counts a pass over a key that was refused, and returns how soon to repeat it. */
  nextWaitMs(key: string, { retryAfterMs = 0 }: ApiError): number {
    return Math.max(this.#backoff.next(key), Math.min(LONGEST_WAIT_MS, retryAfterMs));
  }

  /** Notes that the servers have answered a pass over a key, or that the key is gone. */
  forget(key: string): void {
    this.#stuck.delete(key);
    this.#backoff.reset(key);
  }
}
