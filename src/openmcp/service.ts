import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { Outcome } from "./conclude.ts";
import type { ServiceObject } from "./service-status.ts";

/** What one pass may know beside the object. */
export type Pass = {
  /** Somebody asked for a check without shortcuts. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Takes `Ready` back. Called before the first write that makes the current status untrue. */
  readonly dropReady: () => Promise<void>;
};

/** What a provider does for one kind of object; the reconciler does the rest. */
export type Service<T extends ServiceObject> = {
  readonly resource: Resource<T>;
  /** Held on every object until `remove` says `removed`. */
  readonly finalizer: string;
  /** Says what is wrong with an object that its schema would refuse today, a sentence each. */
  problemsOf(object: KubeObject): readonly string[];
  /** Brings the clusters to what the object asks for, as far as possible now. May be repeated from any state. */
  ensure(object: T, pass: Pass): Promise<Outcome>;
  /** Takes everything down, as far as possible now. May be repeated from any state. */
  remove(object: T, pass: Pass): Promise<Outcome | "removed">;
  /** Says what is certain without any request, for the status of an object whose pass has failed. */
  known(object: T): Known;
  /** Lets go of everything that is held in this process for an object that is gone, whichever way it went. */
  forget(key: string): void;
};

/** What is certain of an object although a pass has failed. */
export type Known = Pick<Outcome, "reports" | "details">;
