import type { Clock } from "../../kube/clock.ts";
import { finish } from "../../kube/deadline.ts";
import { Slots } from "../../runtime/slots.ts";

/** How many visits go on at the same time: each of them holds a connection. */
const MOST_AT_WORK = 64;
/** How many more wait for an answer, which may never come: each of them holds a socket. */
const MOST_WAITING = 1_000;
/** A visit that has had no answer for so long lets the next one begin. */
const SHORTEST_PATIENCE_MS = 50;
/** The same where clusters that do answer need longer, because this machine or theirs are busy. */
const LONGEST_PATIENCE_MS = 1_000;
/** The patience, in times that clusters need that do answer. */
const PATIENCE_FACTOR = 3;
/** How late a timer may be, in times of its length. */
const LATE_FACTOR = 1.2;
/** How much a cluster that needs longer than usual counts for what is usual, and one that needs less. */
const SHARES = { longer: 1 / 4, shorter: 1 / 256 };

/**
 * The places of visits to tenants' clusters.
 *
 * There are few, so that connections to very many clusters do not starve each other. A visit without an answer gives its
 * place to the next one after a moment, most of the time because its cluster keeps silent: any number of those delays the
 * others by little. Clusters that kept silent before have places of their own.
 */
export class VisitPlaces {
  readonly #clock: Clock;
  readonly #answering = new Slots(MOST_AT_WORK);
  readonly #silent = new Slots(MOST_AT_WORK);
  #waiting = 0;
  #usualMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does `work` in a place, which `work` tells of each answer. */
  async take<R>({ isSilent }: { readonly isSilent: boolean }, work: (place: VisitPlace) => Promise<R>): Promise<R> {
    const slots = isSilent ? this.#silent : this.#answering;
    await slots.take();
    const place = new VisitPlace(this.#clock, (tookMs) => this.#learn(tookMs));
    const ended = new AbortController();
    void this.#makeRoom(slots, place, ended.signal);
    try {
      return await work(place);
    } finally {
      finish(ended);
      if (place.isGivenUp) {
        this.#waiting -= 1;
      } else {
        slots.give();
      }
    }
  }

  #learn(tookMs: number): void {
    this.#usualMs += (tookMs - this.#usualMs) * SHARES[tookMs > this.#usualMs ? "longer" : "shorter"];
  }

  async #makeRoom(slots: Slots, place: VisitPlace, ended: AbortSignal): Promise<void> {
    while (!place.isGivenUp) {
      const patienceMs = Math.min(LONGEST_PATIENCE_MS, Math.max(SHORTEST_PATIENCE_MS, PATIENCE_FACTOR * this.#usualMs));
      const startMs = this.#clock.now();
      await this.#clock.sleep(patienceMs, ended);
      if (ended.aborted) {
        return;
      }
      // A timer that is late says that this process has no time to read answers.
      const isBusy = this.#clock.now() - startMs > LATE_FACTOR * patienceMs;
      if (!isBusy && place.silentMs >= patienceMs && this.#waiting < MOST_WAITING) {
        this.#waiting += 1;
        place.isGivenUp = true;
        slots.give();
      }
    }
  }
}

/** The place of one visit. */
export class VisitPlace {
  readonly #clock: Clock;
  readonly #onAnswer: (tookMs: number) => void;
  #answeredAtMs: number;
  /** Whether another visit has begun in this place. */
  isGivenUp = false;

  constructor(clock: Clock, onAnswer: (tookMs: number) => void) {
    this.#clock = clock;
    this.#onAnswer = onAnswer;
    this.#answeredAtMs = clock.now();
  }

  /** How long there has been no answer. */
  get silentMs(): number {
    return this.#clock.now() - this.#answeredAtMs;
  }

  /** Takes down that the cluster has answered a request. */
  answered(): void {
    this.#onAnswer(this.silentMs);
    this.#answeredAtMs = this.#clock.now();
  }
}
