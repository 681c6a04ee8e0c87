import { isDeepStrictEqual } from "node:util";

import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { ANNOTATIONS } from "../../src/ocm/annotations.ts";
import { type Exchange, isWrite } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { Continuity } from "./continuity.ts";
import { faultsAtTheEnd } from "./end-state.ts";
import { ACCESSES, hasRelease, installedFor, leftOnTarget, ownIn, RELEASES, SOURCES } from "./installed.ts";
import { leadingPod } from "./leading-pod.ts";
import { CRDS, OCMS } from "./groups.ts";
import { claimsReady, groupOf, ordersFor, tenantOf, versionOf } from "./orders.ts";
import { isOwn } from "./own-objects.ts";
import type { TenantRef } from "./tenants.ts";
import { Reach } from "./reach.ts";
import { Secrecy } from "./secrecy.ts";
import { Waits } from "./waits.ts";
import type { Change, Check, Clusters, Stage } from "./stage.ts";

/** Watches every change and every request of a run, and takes down each rule that is broken. */
export class Rules {
  readonly #world: Stage;
  readonly #violations = new Set<string>();
  readonly #secrecy: Secrecy;
  readonly #waits: Waits;
  readonly #continuity: Continuity;
  readonly #reach: Reach;
  readonly #tenants: readonly TenantRef[];
  readonly #foreign = new Map<string, unknown>();
  /** UIDs of what the providers have asked to be deleted. */
  readonly #deletions = new Set<string>();
  /** Tenant namespaces whose standing note somebody else has taken away. */
  readonly #notesTaken = new Set<string>();
  /** Requests that may have changed something. */
  writes: string[] = [];

  constructor(world: Stage, tenants: readonly TenantRef[], faults: readonly Fault[] = []) {
    this.#world = world;
    this.#waits = new Waits(faults, world.clock.now());
    this.#secrecy = new Secrecy(tenants);
    this.#tenants = tenants;
    const tell = (violation: string): void => this.broken(violation);
    this.#continuity = new Continuity(world, tell);
    this.#reach = new Reach(world, { tell, deletions: this.#deletions });
    world.ground.clusters.forEach(({ api }) =>
      api.objects("secrets").forEach((secret) => this.#secrecy.saw("secrets", secret)),
    );
    world.listeners.push((cluster, collection, change) => this.#changed(cluster, collection, change));
    world.arrivals.push((exchange) => this.#arrived(exchange));
  }

  /** What was broken, a sentence each. */
  get violations(): readonly string[] {
    return [...this.#violations];
  }

  /** Notes something that must not have happened. */
  broken(what: string): void {
    this.#violations.add(what);
  }

  /** Looks for secrets and for other tenants' names in all that was ever said. */
  async checkSecrecy(): Promise<void> {
    this.#secrecy.leaks(await this.#world.told()).forEach((leak) => this.broken(leak));
  }

  /** Looks whether all is as it has to be, whichever life it was. */
  checkEnd(clusters: Clusters): void {
    faultsAtTheEnd(clusters, this.#tenants).forEach((fault) => this.broken(fault));
  }

  /** Objects of others, which nobody may touch. */
  foreign(cluster: string, collection: string, object: Obj): void {
    this.#foreign.set(placeOf(cluster, collection, object), essenceOf(object));
  }

  /** Looks who has waited for too long. */
  checkWaits(): void {
    this.#waits.overdue(this.#world.clock.now()).forEach((wait) => this.broken(wait));
  }

  #changed(cluster: string, collection: string, change: Change): void {
    this.checkWaits();
    this.#secrecy.saw(collection, change.object);
    this.#checkForeign(cluster, collection, change);
    this.#continuity.changed(cluster, collection, change);
    if (cluster === "onboarding" && OCMS.includes(collection)) {
      this.#waits.changed(change, this.#world.clock.now());
      this.#checkReady(collection, change);
      this.#checkFinalizerLast(change);
    }
    if (cluster === "onboarding" && collection === CRDS && change.type === "ADDED") {
      this.#waits.served(change.object.metadata.name, this.#world.clock.now());
    }
    if (cluster === "platform") {
      this.#changedOnPlatform(collection, change);
    }
  }

  #changedOnPlatform(collection: string, change: Change): void {
    this.#reach.changed(collection, change);
    if (collection === SOURCES) {
      this.#followNote(change);
    }
    if (collection === ACCESSES || collection === RELEASES) {
      this.#checkNotOrphaned(change);
    }
  }

  #judge(check: Check): void {
    this.#world.judge(check, (violation) => this.broken(violation));
  }

  /** Ready for the present generation means: exactly this version is installed, at this moment. */
  #checkReady(collection: string, { object, previous, type }: Change): void {
    if (type === "DELETED" || !claimsReady(object) || isDeepStrictEqual(previous?.["status"], object["status"])) {
      return;
    }
    const { generation } = object.metadata;
    this.#judge((clusters) => {
      const told = clusters.get("onboarding")?.api.peek(collection, keyOf(object));
      if (told === undefined || told.metadata.generation !== generation || !claimsReady(told)) {
        return [];
      }
      const wanted = versionOf(object);
      const installed = installedFor(clusters, tenantOf(object));
      return installed === wanted
        ? []
        : [`Ready is untrue: OCM ${keyOf(object)} of ${groupOf(object)} wants ${wanted}, found ${installed}`];
    });
  }

  #checkFinalizerLast({ object, type }: Change): void {
    if (type !== "DELETED") {
      return;
    }
    const namespace = tenantOf(object);
    const left = new Set(ownIn(this.#world.ground.clusters, namespace).map(({ metadata }) => metadata.uid));
    // What one of a tenant's objects leaves, another one may ask for.
    const isLast = (clusters: Clusters): boolean => ordersFor(clusters, namespace).length === 0;
    if (!isLast(this.#world.ground.clusters)) {
      return;
    }
    this.#judge((clusters) =>
      !isLast(clusters)
        ? []
        : [
            ...ownIn(clusters, namespace)
              .filter((own) => left.has(own.metadata.uid))
              .map(
                (own) =>
                  `the finalizer was not last: OCM ${keyOf(object)} is gone, ${own.kind} ${own.metadata.name} is not`,
              ),
            ...leftOnTarget(clusters, namespace).map((what) => `OCM ${keyOf(object)} is gone: ${what}`),
          ],
    );
  }

  #followNote({ object, previous, type }: Change): void {
    const { namespace = "", uid = "" } = object.metadata;
    if (type !== "DELETED" && isStandingNote(object)) {
      this.#notesTaken.delete(namespace);
    } else if (previous !== undefined && isStandingNote(previous) && !this.#deletions.has(uid)) {
      this.#notesTaken.add(namespace);
    }
  }

  /**
   * As long as there is a release on a living control plane, the way to it stays, and the one who can remove it: the
   * HelmRelease, or a note on the chart's source that somebody has to come back. Access may move to another request.
   */
  #checkNotOrphaned(change: Change): void {
    const { kind, metadata } = change.object;
    const { namespace = "", name, uid = "" } = metadata;
    // What others take away is their business.
    const isOurDoing = isOwn(change.object) && this.#deletions.has(uid);
    if (isEnding(change) && isOurDoing) {
      const isStaying = (request: Obj): boolean =>
        isAccess(request) && !this.#deletions.has(request.metadata.uid ?? "");
      const wasNoted = kind === "HelmRelease" && this.#notesTaken.has(namespace);
      const isNoted = (clusters: Clusters): boolean =>
        wasNoted || ownIn(clusters, namespace).some(kind === "HelmRelease" ? isStandingNote : isStaying);
      this.#judge((clusters) =>
        hasRelease(clusters, namespace) && !isNoted(clusters)
          ? [`orphaned: ${kind} ${namespace}/${name} goes before the release`]
          : [],
      );
    }
  }

  #checkForeign(cluster: string, collection: string, { object, type }: Change): void {
    const essence = this.#foreign.get(placeOf(cluster, collection, object));
    if (essence === undefined || (type !== "DELETED" && isDeepStrictEqual(essence, essenceOf(object)))) {
      return;
    }
    this.#judge((clusters) => {
      const namespace = clusters.get(cluster)?.api.peek("namespaces", object.metadata.namespace ?? "");
      const isGoingAnyway = namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
      return isGoingAnyway ? [] : [`touched: ${type} ${placeOf(cluster, collection, object)}`];
    });
  }

  #arrived(exchange: Exchange): void {
    this.checkWaits();
    this.#waits.arrived(exchange, this.#world.clock.now());
    this.#continuity.arrived(exchange);
    const { path, method } = exchange.request;
    if (!isWrite(exchange) || path.includes("/leases")) {
      return;
    }
    const [, uid] = /"uid":"([^"]+)"/.exec(exchange.request.body ?? "") ?? [];
    if (method === "DELETE" && uid !== undefined) {
      this.#deletions.add(uid);
    }
    this.writes.push(`${this.#world.clock.now()} ${exchange.from} ${exchange.cluster} ${method} ${path}`);
    if (this.#world.replicas < 2) {
      return;
    }
    this.#judge((clusters) => {
      const leader = leadingPod(clusters, this.#world.leaseOf(exchange.from));
      return leader === exchange.from
        ? []
        : [`two writers: ${exchange.from} sends ${method} ${path} while the lease is of "${leader}"`];
    });
  }
}

/** A release ends when it is gone, an access as soon as somebody wants it gone. */
function isEnding({ object, previous, type }: Change): boolean {
  const wasMarked = previous?.metadata.deletionTimestamp !== undefined;
  const isMarked = object.metadata.deletionTimestamp !== undefined || type === "DELETED";
  return object.kind === "AccessRequest" ? isMarked && !wasMarked : type === "DELETED";
}

function isStandingNote({ kind, metadata: { annotations = {}, deletionTimestamp } }: Obj): boolean {
  const isNoted = ANNOTATIONS.installedOn in annotations;
  return kind === "OCIRepository" && deletionTimestamp === undefined && isNoted;
}

function isAccess({ kind, ...request }: Obj): boolean {
  return kind === "AccessRequest" && textAt(request, "status", "phase") === "Granted";
}

function keyOf({ metadata }: Obj): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function placeOf(cluster: string, collection: string, object: Obj): string {
  return `${cluster} ${collection} ${keyOf(object)}`;
}

function essenceOf({ metadata, status: _status, ...content }: Obj): unknown {
  return {
    ...content,
    uid: metadata.uid,
    labels: metadata.labels,
    annotations: metadata.annotations,
    going: metadata.deletionTimestamp !== undefined,
  };
}
