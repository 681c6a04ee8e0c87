import type { KubeObject } from "../../kube/object.ts";
import type { Comparison } from "./follower.ts";
import type { Outcome, ServiceObject } from "./status.ts";

/** What one pass may know beside the object. */
export type Pass = {
  /** Somebody asked for a check without shortcuts. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Takes `Ready` back. Called before the first write that makes the current status untrue. */
  readonly dropReady: () => Promise<void>;
  /**
   * The same, before a write after which the status still names what is installed: `Ready` stays for a few seconds, and
   * for good if all is well again by then. It is taken back at once from a status of an earlier generation.
   */
  readonly dropReadySoon: () => Promise<void>;
  /**
   * Asks the server for another object that still asks for the installation, and ends the pass if there is one. Called
   * before the first step of a removal that cannot be undone, because the watch may lag.
   */
  readonly confirmLast: () => Promise<void>;
};

/**
 * What a pass of a provider ends with. Without `summary`, Ready repeats the last report; without `retry`, the object is
 * looked at again after the poll interval.
 */
export type PassOutcome = Pick<Outcome, "reports"> & Partial<Outcome>;

/** What a provider does for one kind of object; the reconciler does the rest. */
export type Service<T extends ServiceObject> = {
  /** How soon an object is looked at again although nothing has changed. */
  pollIntervalMs(): number;
  /** Says what is wrong with an object that its schema would refuse today, a sentence each. */
  problemsOf(object: KubeObject): readonly string[];
  /** Brings the clusters to what the object asks for, as far as possible now. May be repeated from any state. */
  ensure(object: T, pass: Pass): Promise<PassOutcome>;
  /** Takes everything down, as far as possible now. May be repeated from any state. */
  remove(object: T, pass: Pass): Promise<PassOutcome | "removed">;
  /** Says what is certain without any request, for the status of an object whose pass has failed. Default: nothing. */
  known?(object: T): Known;
  /** Lets go of everything that is held in this process for an object that is gone, whichever way it went. */
  forget?(key: string): void;
  /** Whether an object that stays is left as it is for now. Default: never. Whatever ends that has to wake the object. */
  isPaused?(object: T, signal: AbortSignal): Promise<boolean>;
  readonly comparison: Comparison<T>;
};

/** What is certain of an object although a pass has failed. */
export type Known = Pick<Outcome, "reports" | "details">;
