import type { Obj } from "../../object.ts";
import { keyOf } from "../storage/collection.ts";
import type { StoredChange } from "../storage/storage.ts";
import type { Core } from "../verbs/call.ts";
import { CRDS, reconcileCrd } from "./crds.ts";
import { collectGarbage } from "./garbage.ts";
import { NAMESPACES, reconcileNamespace } from "./namespaces.ts";
import { aggregateRoles, CLUSTER_ROLES } from "./role-aggregation.ts";
import { OwnerGraph, ownersOf, type Place } from "./owner-graph.ts";

// Controllers of a real cluster notice a change through a watch; clients see the state in between.
const NOTICE_AFTER_MS = 10;

/** Work that waits to be done, in the order it came up, each piece once. */
type Agenda = Map<string, () => void>;

/**
 * The controllers without which an API server does not work: CRDs, namespaces, garbage collection, aggregated roles.
 *
 * They act a moment after a change, on the clock, and see every change that happens while they are stopped later.
 */
export class Controllers {
  readonly #core: Core;
  readonly #graph = new OwnerGraph();
  readonly #agenda: Agenda = new Map();
  #running: AbortController | undefined;
  #wake: (() => void) | undefined;

  constructor(core: Core) {
    this.#core = core;
    core.storage.onChange((stored) => {
      this.#notice(stored);
    });
  }

  start(): void {
    if (this.#running === undefined) {
      this.#running = new AbortController();
      void this.#run(this.#running.signal);
    }
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#wake?.();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#untilWork();
      await this.#core.clock.sleep(NOTICE_AFTER_MS, signal);
      this.#work(signal);
    }
  }

  #work(signal: AbortSignal): void {
    const work = signal.aborted ? [] : [...this.#agenda];
    for (const [name, act] of work) {
      this.#agenda.delete(name);
      act();
    }
  }

  #untilWork(): Promise<void> {
    if (this.#agenda.size > 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #add(name: string, act: () => void): void {
    if (!this.#agenda.has(name)) {
      this.#agenda.set(name, act);
      this.#wake?.();
    }
  }

  #notice(stored: StoredChange): void {
    const { object, previous } = stored.change;
    this.#graph.observe(stored);
    this.#noticeCrd(stored.collection, object);
    if (stored.collection === CRDS && stored.change.type === "DELETED") {
      // Names that it held may be free for others now.
      this.#core.storage
        .collection(CRDS)
        .list()
        .forEach((crd) => this.#noticeCrd(CRDS, crd));
    }
    this.#noticeNamespace(stored.collection, object);
    this.#noticeRole(stored);
    this.#judge({ collection: stored.collection, key: keyOf(object) });
    for (const owner of [...ownersOf(object), ...(previous === undefined ? [] : ownersOf(previous))]) {
      this.#judge(this.#graph.placeOf(owner.uid));
    }
    if (stored.change.type === "DELETED" || object.metadata.deletionTimestamp !== undefined) {
      for (const place of this.#graph.dependentsOf(object.metadata.uid ?? "")) {
        this.#judge(place);
      }
    }
  }

  #noticeCrd(collection: string, { metadata }: Obj): void {
    const crd = collection === CRDS ? metadata.name : collection;
    const isDeleting = this.#core.storage.collection(CRDS).get(crd)?.metadata.deletionTimestamp !== undefined;
    if (collection === CRDS || isDeleting) {
      this.#add(`crd ${crd}`, () => {
        reconcileCrd(this.#core, crd);
      });
    }
  }

  #noticeNamespace(collection: string, { metadata }: Obj): void {
    const name = collection === NAMESPACES ? metadata.name : (metadata.namespace ?? "");
    if (this.#core.storage.collection(NAMESPACES).get(name)?.metadata.deletionTimestamp !== undefined) {
      this.#add(`namespace ${name}`, () => {
        reconcileNamespace(this.#core, name);
      });
    }
  }

  // A role of no label and without a rule to aggregate, as most have, concerns no other.
  #noticeRole({ collection, change }: StoredChange): void {
    const concerned = [change.object, change.previous].some(
      (role) => role !== undefined && (role["aggregationRule"] !== undefined || role.metadata.labels !== undefined),
    );
    if (collection === CLUSTER_ROLES && concerned) {
      this.#add("aggregated roles", () => {
        aggregateRoles(this.#core);
      });
    }
  }

  #judge(place: Place | undefined): void {
    if (place === undefined || !this.#concernsGarbage(place)) {
      return;
    }
    this.#add(`garbage ${place.collection} ${place.key}`, () => {
      collectGarbage({ core: this.#core, graph: this.#graph }, place);
    });
  }

  // Most objects have no owners and are not being deleted: no work comes from them.
  #concernsGarbage({ collection, key }: Place): boolean {
    const object = this.#core.storage.collection(collection).get(key);
    return object !== undefined && (ownersOf(object).length > 0 || object.metadata.deletionTimestamp !== undefined);
  }
}
