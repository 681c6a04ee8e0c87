import { refOf } from "./key.ts";

/**
 * Why a key waits.
 *
 * - `news`: something has happened to what is under way.
 * - `order`: somebody asks for something new, or a failure is to be tried again.
 * - `sweep`: nothing has happened to the object; it is looked at all the same.
 */
export type Urgency = "news" | "order" | "sweep";

/** From the most urgent to the least. */
const URGENCIES: readonly Urgency[] = ["news", "order", "sweep"];

/** How many keys of other lanes may be handed out while keys of a lane wait. */
// An order causes about four news, so an eighth of all passes starts orders without letting news pile up.
const PATIENCE: Readonly<Record<Urgency, number>> = { news: 0, order: 7, sweep: 15 };

/** The more urgent one of two. */
export function mostUrgent(one: Urgency, other: Urgency | undefined): Urgency {
  return other === undefined || URGENCIES.indexOf(one) <= URGENCIES.indexOf(other) ? one : other;
}

/** The keys of one urgency. Their namespaces take turns, and the keys of a namespace keep their order. */
class Lane {
  readonly #patience: number;
  /** The next namespace comes first. */
  readonly #turns = new Map<string, Set<string>>();
  #passedOver = 0;

  constructor(patience: number) {
    this.#patience = patience;
  }

  get isEmpty(): boolean {
    return this.#turns.size === 0;
  }

  get isOverdue(): boolean {
    return !this.isEmpty && this.#passedOver >= this.#patience;
  }

  add(key: string): void {
    const namespace = namespaceOf(key);
    const keys = this.#turns.get(namespace);
    if (keys === undefined) {
      this.#turns.set(namespace, new Set([key]));
    } else {
      keys.add(key);
    }
  }

  delete(key: string): void {
    const namespace = namespaceOf(key);
    const keys = this.#turns.get(namespace);
    keys?.delete(key);
    if (keys?.size === 0) {
      this.#turns.delete(namespace);
    }
  }

  take(): string | undefined {
    this.#passedOver = 0;
    for (const [namespace, keys] of this.#turns) {
      for (const key of keys) {
        keys.delete(key);
        this.#turns.delete(namespace);
        if (keys.size > 0) {
          this.#turns.set(namespace, keys);
        }
        return key;
      }
    }
    return undefined;
  }

  passOver(): void {
    this.#passedOver = this.isEmpty ? 0 : this.#passedOver + 1;
  }
}

/**
 * The keys that wait, each once, in the order in which they are handed out.
 *
 * The most urgent lane comes first, and each other lane has its guaranteed share. Within a lane the namespaces take
 * turns: a tenant with a thousand keys does not delay the one key of another tenant.
 */
export class Lanes {
  readonly #lanes = { news: new Lane(PATIENCE.news), order: new Lane(PATIENCE.order), sweep: new Lane(PATIENCE.sweep) };
  readonly #urgencies = new Map<string, Urgency>();

  /** How many keys wait. */
  get size(): number {
    return this.#urgencies.size;
  }

  /** Adds a key. One that waits already keeps its place, or moves to the end of a more urgent lane. */
  add(key: string, urgency: Urgency): void {
    const before = this.#urgencies.get(key);
    if (before !== undefined && mostUrgent(before, urgency) === before) {
      return;
    }
    if (before !== undefined) {
      this.#lanes[before].delete(key);
    }
    this.#urgencies.set(key, urgency);
    this.#lanes[urgency].add(key);
  }

  /** Takes out the key whose turn it is; undefined when none waits. */
  take(): string | undefined {
    const lanes = URGENCIES.map((urgency) => this.#lanes[urgency]);
    const next = lanes.slice(1).find(({ isOverdue }) => isOverdue) ?? lanes.find(({ isEmpty }) => !isEmpty);
    const key = next?.take();
    if (key !== undefined) {
      this.#urgencies.delete(key);
    }
    lanes.filter((lane) => lane !== next).forEach((lane) => lane.passOver());
    return key;
  }
}

function namespaceOf(key: string): string {
  return refOf(key).namespace ?? "";
}
