import type { KubeObject } from "../kube/object.ts";

const REMEMBERED_EVENTS = 1000;

/** The newest write of ours that the watch has not confirmed, and the versions of those before it. */
type Expected = {
  /** Absent after a deletion, which only the event of that deletion confirms. */
  readonly resourceVersion: string | undefined;
  readonly earlier: ReadonlySet<string>;
  readonly uid: string;
  readonly sweep: number;
};

/**
 * Decides which events of a watch are older than a write of our own.
 *
 * A resource version can only be compared for equality, so an event counts as older until the one arrives that carries
 * exactly the version the write returned. An answer can also be slower than its own event: what was seen lately is
 * remembered, and such an answer is no news.
 */
export class Expectations {
  readonly #expected = new Map<string, Expected>();
  /** Identities of events, oldest first; bounded. */
  readonly #seen = new Set<string>();
  #sweep = 0;

  /** Registers a write; false when the answer is older than what the store has already. */
  expect(key: string, written: KubeObject, stored: KubeObject | undefined): boolean {
    const { resourceVersion = "", uid = "" } = written.metadata;
    if ((uid !== "" && this.#seen.has(`gone ${uid}`)) || this.#seen.has(`${key} ${resourceVersion}`)) {
      return false;
    }
    // A write that changed nothing has no event to wait for.
    if (stored?.metadata.resourceVersion !== resourceVersion) {
      this.#expect(key, resourceVersion, uid);
    }
    return true;
  }

  /** Registers a deletion; false when an object of that name has been created since. */
  expectGone(key: string, deleted: KubeObject, stored: KubeObject | undefined): boolean {
    const { uid = "" } = deleted.metadata;
    if ((stored?.metadata.uid ?? uid) !== uid) {
      return false;
    }
    if (!this.#seen.has(`gone ${uid}`)) {
      this.#expect(key, undefined, uid);
    }
    return true;
  }

  /**
   * What an event is: `news`, or older than a write of ours. Of the older ones, a change of somebody `else` came to us
   * unnoticed inside the answer to our write; one of our `own` did not.
   */
  judge(key: string, object: KubeObject): "news" | "own" | "else" {
    const { resourceVersion = "" } = object.metadata;
    this.#remember(`${key} ${resourceVersion}`);
    const expected = this.#expected.get(key);
    // Before the event of the deletion there is none of an object that has been created anew.
    if (expected !== undefined && expected.resourceVersion === undefined) {
      return "own";
    }
    if (expected === undefined || expected.resourceVersion === resourceVersion) {
      this.#expected.delete(key);
      return "news";
    }
    return expected.earlier.has(resourceVersion) ? "own" : "else";
  }

  /** Whether a write has not been confirmed. */
  isExpecting(key: string): boolean {
    return this.#expected.has(key);
  }

  /** Whether a removal is to be taken in: it is not when the object was created anew since. */
  settlesRemoval(key: string, object: KubeObject, stored: KubeObject | undefined): boolean {
    const { uid = "" } = object.metadata;
    this.#remember(`gone ${uid}`);
    const current = this.#expected.get(key)?.uid ?? stored?.metadata.uid ?? uid;
    if (current !== uid) {
      return false;
    }
    this.#expected.delete(key);
    return true;
  }

  /** Forgets what was expected: a new list is the truth now. */
  clear(): void {
    this.#expected.clear();
  }

  /** Whether a write registered before the previous call is still expected. */
  hasOverdue(): boolean {
    const overdueBefore = this.#sweep;
    this.#sweep += 1;
    return this.#expected.values().some(({ sweep }) => sweep < overdueBefore);
  }

  #expect(key: string, resourceVersion: string | undefined, uid: string): void {
    const before = this.#expected.get(key);
    const earlier = new Set(before?.earlier);
    if (before?.resourceVersion !== undefined) {
      earlier.add(before.resourceVersion);
    }
    this.#expected.set(key, { resourceVersion, earlier, uid, sweep: this.#sweep });
  }

  #remember(identity: string): void {
    this.#seen.add(identity);
    if (this.#seen.size > REMEMBERED_EVENTS) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
  }
}
