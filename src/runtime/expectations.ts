import type { KubeObject } from "../kube/object.ts";
import { forgetOldest } from "./remember.ts";

const REMEMBERED_EVENTS = 1000;

/** Our newest write that the watch has not confirmed, and the resource versions of our writes before it. */
type Expectation = {
  /** Absent after a deletion, which only its DELETED event confirms. */
  readonly resourceVersion: string | undefined;
  readonly earlier: ReadonlySet<string>;
  readonly uid: string;
  readonly sweep: number;
};

/**
 * Decides which events of a watch are older than our own writes.
 *
 * Resource versions can only be compared for equality, so every event counts as older until the event arrives that has
 * exactly the version of our response. A response can also arrive after its own event: recent events are remembered,
 * and such a response is ignored.
 */
export class Expectations {
  readonly #expected = new Map<string, Expectation>();
  /** Recent events, oldest first: `<key> <resourceVersion>`, or `gone <uid>`. */
  readonly #seen = new Set<string>();
  #sweep = 0;

  /** Whether the event of a write has come before its response. */
  isEarly(key: string, { metadata: { resourceVersion = "" } }: KubeObject): boolean {
    return this.#seen.has(`${key} ${resourceVersion}`);
  }

  /** Registers the response to a write. Returns false when the store has a newer state already. */
  expect(key: string, written: KubeObject, stored: KubeObject | undefined): boolean {
    const { resourceVersion = "", uid = "" } = written.metadata;
    if ((uid !== "" && this.#seen.has(`gone ${uid}`)) || this.#seen.has(`${key} ${resourceVersion}`)) {
      return false;
    }
    // A write that changed nothing causes no event.
    if (stored?.metadata.resourceVersion !== resourceVersion) {
      this.#expect(key, resourceVersion, uid);
    }
    return true;
  }

  /** Registers a deletion. Returns false when an object of that name has been created since. */
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
   * Judges an event: `news` is to be stored, the others are older than our newest write.
   *
   * An `own` event is about an earlier write of ours. `else` is another writer's change, which our response already
   * contained.
   */
  judge(key: string, object: KubeObject): "news" | "own" | "else" {
    const { resourceVersion = "" } = object.metadata;
    this.#remember(`${key} ${resourceVersion}`);
    const expected = this.#expected.get(key);
    // All events before the DELETED event are about the object that we have deleted.
    if (expected !== undefined && expected.resourceVersion === undefined) {
      return "own";
    }
    if (expected === undefined || expected.resourceVersion === resourceVersion) {
      this.#expected.delete(key);
      return "news";
    }
    return expected.earlier.has(resourceVersion) ? "own" : "else";
  }

  /** Whether the watch has not confirmed a write. */
  isExpecting(key: string): boolean {
    return this.#expected.has(key);
  }

  /** Judges a DELETED event: false when an object of that name has been created since. */
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

  /** Forgets what is expected of an object that nobody looks at any more. */
  forget(key: string): void {
    this.#expected.delete(key);
  }

  /** Forgets all expectations, because a new list has replaced the store. */
  clear(): void {
    this.#expected.clear();
  }

  /** Whether the watch has not confirmed a write from before the previous call. */
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
    forgetOldest(this.#seen, REMEMBERED_EVENTS);
  }
}
