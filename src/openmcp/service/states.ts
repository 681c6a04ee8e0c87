import { hash } from "node:crypto";

import { toJson } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Change } from "../../runtime/store.ts";

/** Adds what tells a state of an object from every other one: the object itself where the server has given it no version. */
export function addState(states: unknown[], object: KubeObject | undefined): void {
  if (object === undefined) {
    states.push(undefined);
    return;
  }
  const { uid, resourceVersion } = object.metadata;
  states.push(uid ?? object, resourceVersion ?? object);
}

/** Tells states of the objects of one cache apart, as far as passes read them. */
export class States<T extends KubeObject> {
  readonly #reading: ((object: T) => unknown) | undefined;
  readonly #digests = new WeakMap<T, string>();

  /** Without `reading`, each state differs from every other one. */
  constructor(reading?: (object: T) => unknown) {
    this.#reading = reading;
  }

  /** Adds equal values for states in which the same can be read. */
  add(states: unknown[], object: T | undefined): void {
    if (object === undefined || this.#reading === undefined) {
      addState(states, object);
    } else {
      states.push(this.#digestOf(object, this.#reading));
    }
  }

  #digestOf(object: T, reading: (object: T) => unknown): string {
    const known = this.#digests.get(object);
    if (known !== undefined) {
      return known;
    }
    const digest = hash("sha256", toJson(reading(object)), "base64url");
    this.#digests.set(object, digest);
    return digest;
  }
}

/** Names a change for the queue, if it is one from a known state to another one: it may be a write of our own. */
export function eventOf({ current, previous, invalid }: Change<KubeObject>): string | undefined {
  return current === undefined || current === previous || invalid !== undefined ? undefined : nameOfState(current);
}

/** Names a state of an object among those of all objects. */
export function nameOfState({ kind, metadata: { uid = "", resourceVersion = "" } }: KubeObject): string {
  return `${kind} ${uid} ${resourceVersion}`;
}
