import type { Obj } from "../../sim/object.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import type { Exchange } from "./exchange.ts";
import type { Component, Fault, Window } from "./faults.ts";
import { ocmsOf } from "./groups.ts";
import { groupOf } from "./orders.ts";
import type { Change } from "./stage.ts";

/** How long an OCM object may wait when nothing is wrong with what the provider needs for it. */
const LONGEST_MS = 15_000;
/** How long after trouble: clients and leaders try again after growing pauses, of at most half a minute each. */
const AFTER_TROUBLE_MS = 120_000;

/** A kind that comes back is found by the next list. */
const LOOKED_FOR_MS = 30_000;

type Wait = { readonly name: string; readonly namespace: string; readonly sinceMs: number };

/**
 * Watches that nobody who has changed an OCM object waits long until the provider sends a request for it or says
 * something about it.
 *
 * What is wrong with one control plane, with a single kind, with the platform's operator, Flux or the registry is no
 * excuse.
 */
export class Waits {
  readonly #waits = new Map<string, Wait>();
  readonly #faults: readonly Fault[];
  readonly #startMs: number;
  #firstServedMs = Infinity;
  /** By collection of OCM objects: when the API server began to serve it. */
  readonly #servedSince = new Map<string, number>();
  /** When the provider first had access to the OCM objects: before, the platform is what they wait for. */
  #firstAskedMs = Infinity;

  /** `startMs` is when the life begins. */
  constructor(faults: readonly Fault[], startMs: number) {
    this.#faults = faults;
    this.#startMs = startMs;
  }

  /** Takes in that the API server serves a collection of OCM objects from now on. */
  served(collection: string, nowMs: number): void {
    this.#servedSince.set(collection, nowMs);
  }

  /** Takes in a change of an OCM object. */
  changed({ object, previous, type }: Change, nowMs: number): void {
    const { uid = "", name, namespace = "" } = object.metadata;
    if (type === "DELETED") {
      this.#waits.delete(uid);
    } else if (isOfUser(object, previous)) {
      const servedMs = this.#servedSince.get(ocmsOf(groupOf(object))) ?? -Infinity;
      this.#waits.set(uid, { name, namespace, sinceMs: Math.max(nowMs, servedMs + LOOKED_FOR_MS) });
    }
  }

  /** Takes in a request of the provider. That it holds an OCM object by a finalizer helps nobody yet. */
  arrived({ cluster, request }: Exchange, nowMs: number): void {
    if (cluster === "onboarding") {
      this.#firstAskedMs = Math.min(this.#firstAskedMs, nowMs);
    }
    for (const [uid, { name, namespace }] of this.#waits) {
      const tenant = tenantNamespace(name, namespace);
      const [path = ""] = request.path.split("?");
      if (cluster === tenant || path.includes(`/${tenant}/`) || path.endsWith(`/${namespace}/ocms/${name}/status`)) {
        this.#waits.delete(uid);
        this.#firstServedMs = Math.min(this.#firstServedMs, nowMs);
      }
    }
  }

  /** Who has waited too long; each is named once. */
  overdue(nowMs: number): readonly string[] {
    const overdue = [...this.#waits].filter(([, { sinceMs }]) => nowMs > this.#deadline(sinceMs));
    overdue.forEach(([uid]) => this.#waits.delete(uid));
    return overdue.map(([, { name, namespace, sinceMs }]) => {
      const boundMs = this.#deadline(sinceMs) - sinceMs;
      return `OCM ${namespace}/${name} waits for more than ${Math.round(boundMs / 1000)} s, and nobody serves it`;
    });
  }

  #deadline(sinceMs: number): number {
    const calmAfterMs = this.#faults
      .map((fault) => this.#troubleOf(fault))
      .filter((trouble) => trouble !== undefined)
      .map(({ fromMs, forMs }) => ({ fromMs: this.#startMs + fromMs, untilMs: this.#startMs + fromMs + forMs }))
      .filter(({ fromMs, untilMs }) => fromMs <= sinceMs + LONGEST_MS && sinceMs <= untilMs + AFTER_TROUBLE_MS)
      .map(({ untilMs }) => untilMs + AFTER_TROUBLE_MS);
    return Math.max(Math.max(sinceMs, this.#firstAskedMs) + LONGEST_MS, ...calmAfterMs);
  }

  /** When the provider cannot be expected to serve everybody. Of some faults, requests decide at which moment they come. */
  #troubleOf(fault: Fault): Window | undefined {
    if (fault.do === "mute" || fault.do === "behind" || fault.do === "meddle") {
      return undefined;
    }
    if (fault.do === "forbid") {
      return this.#stopsAll(fault) ? fault.window : undefined;
    }
    if ("component" in fault && !isServer(fault.component)) {
      return undefined;
    }
    if ("atMs" in fault) {
      return { fromMs: fault.atMs, forMs: 0 };
    }
    return "window" in fault ? fault.window : { fromMs: 0, forMs: Infinity };
  }

  // Nobody is served before everything has been listed once, as after a start.
  #stopsAll({ resource, window }: Fault & { readonly do: "forbid" }): boolean {
    const mayListAll = this.#faults.some((one) => one.do !== "forbid" && one.do !== "mute");
    return resource === "ocms" || mayListAll || this.#firstServedMs > this.#startMs + window.fromMs;
  }
}

/** Whether it was asked for something: the status is of others. */
function isOfUser({ metadata }: Obj, previous: Obj | undefined): boolean {
  return metadata.generation !== previous?.metadata.generation;
}

function isServer(component: Component): boolean {
  return component === "etcd" || component === "platform API server" || component === "onboarding API server";
}
