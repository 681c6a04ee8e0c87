import type { TenantRow } from "../inspect/tenant-row.ts";
import type { AboutMessage, ClusterMessage, Message } from "./messages.ts";

/** As many rows as one message holds: enough to be quick, and few enough that a browser draws between two of them. */
const MOST_ROWS = 500;
/** Tenants that are gone, and that a browser has not been told of; of more than these it forgets all it knows. */
const MOST_GONE = 10_000;

/** The tenants, and who follows them. */
export class Feed {
  readonly rows: Map<string, TenantRow> = new Map<string, TenantRow>();
  readonly about: AboutMessage;
  readonly #followers = new Set<Follower>();
  #cluster: ClusterMessage = { type: "cluster", state: "connecting", message: "" };
  #isComplete = false;

  constructor(about: AboutMessage) {
    this.about = about;
  }

  get cluster(): ClusterMessage {
    return this.#cluster;
  }

  /** All tenants have been read once. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Takes a tenant in; `undefined`: it is gone. */
  set(key: string, row: TenantRow | undefined): void {
    if (row === undefined) {
      this.rows.delete(key);
    } else {
      this.rows.set(key, row);
    }
    this.#followers.forEach((follower) => follower.noteRow(key));
  }

  setCluster(cluster: ClusterMessage): void {
    const { state, message } = this.#cluster;
    if (state !== cluster.state || message !== cluster.message) {
      this.#cluster = cluster;
      this.#followers.forEach((follower) => follower.noteCluster());
    }
  }

  complete(): void {
    this.#isComplete = true;
    this.#followers.forEach((follower) => follower.wake());
  }

  /** Begins to follow, with everything that is there. */
  follow(): Follower {
    const follower = new Follower(this, () => this.#followers.delete(follower));
    this.#followers.add(follower);
    return follower;
  }
}

/**
 * What one browser has not been told yet.
 *
 * Remembers which tenants have changed, not how: a browser that reads slowly gets the last state of each, and costs no
 * more memory than there are tenants.
 */
export class Follower {
  readonly #feed: Feed;
  readonly #stop: () => void;
  readonly #changed: Set<string>;
  #startsAnew = true;
  #owesAbout = true;
  #owesCluster = true;
  #awake = Promise.withResolvers<void>();

  constructor(feed: Feed, stop: () => void) {
    this.#feed = feed;
    this.#stop = stop;
    this.#changed = new Set(feed.rows.keys());
  }

  noteRow(key: string): void {
    this.#changed.add(key);
    if (this.#changed.size > this.#feed.rows.size + MOST_GONE) {
      this.#startsAnew = true;
      this.#changed.clear();
      this.#feed.rows.keys().forEach((one) => this.#changed.add(one));
    }
    this.wake();
  }

  noteCluster(): void {
    this.#owesCluster = true;
    this.wake();
  }

  wake(): void {
    this.#awake.resolve();
  }

  /** Resolves when there may be a message. */
  news(): Promise<void> {
    return this.#awake.promise;
  }

  /** Takes the next message; `undefined`: there is none at the moment. */
  take(): Message | undefined {
    if (this.#owesAbout) {
      this.#owesAbout = false;
      return this.#feed.about;
    }
    if (this.#owesCluster) {
      this.#owesCluster = false;
      return this.#feed.cluster;
    }
    if (this.#feed.isComplete && (this.#startsAnew || this.#changed.size > 0)) {
      return this.#takeRows();
    }
    this.#awake = Promise.withResolvers<void>();
    return undefined;
  }

  /** Ends following. */
  close(): void {
    this.#stop();
    this.wake();
  }

  #takeRows(): Message {
    const keys = [...this.#changed.values().take(MOST_ROWS)];
    keys.forEach((key) => this.#changed.delete(key));
    const startsAnew = this.#startsAnew;
    this.#startsAnew = false;
    return {
      type: "rows",
      startsAnew,
      rows: keys.map((key) => this.#feed.rows.get(key)).filter((row) => row !== undefined),
      gone: startsAnew ? [] : keys.filter((key) => !this.#feed.rows.has(key)),
      more: this.#changed.size,
    };
  }
}
