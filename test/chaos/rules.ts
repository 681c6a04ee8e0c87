import { isDeepStrictEqual } from "node:util";

import type { Obj } from "../../sim/object.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/names.ts";
import { POD_NAMESPACE } from "../support/world.ts";
import { type Exchange, isWrite } from "./exchange.ts";
import { OCMS, type TenantRef } from "./people.ts";
import { Secrecy } from "./secrecy.ts";
import type { World } from "./world.ts";

const RELEASES = "helmreleases.helm.toolkit.fluxcd.io";
const SOURCES = "ocirepositories.source.toolkit.fluxcd.io";
const ACCESSES = "accessrequests.clusters.openmcp.cloud";
const CLUSTER_REQUESTS = "clusterrequests.clusters.openmcp.cloud";
const LEASES = "leases.coordination.k8s.io";
const DEPLOYMENTS = "deployments.apps";
const MANAGED_BY = "openmcp.cloud/managed-by";
const CONTROLLER = "ocm.services.openmcp.cloud";

type Change = { readonly object: Obj; readonly previous?: Obj; readonly type: string };

/** Watches every change and every request of a run, and takes down each rule that is broken. */
export class Rules {
  readonly #world: World;
  readonly #violations = new Set<string>();
  readonly #secrecy: Secrecy;
  readonly #foreign = new Map<string, unknown>();
  /** UIDs of what the providers have asked to be deleted. */
  readonly #deletions = new Set<string>();
  /** Requests that may have changed something. */
  writes: string[] = [];

  constructor(world: World, tenants: readonly TenantRef[]) {
    this.#world = world;
    this.#secrecy = new Secrecy(tenants);
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
  async checkSecrecy(metrics: string): Promise<void> {
    const logs = this.#world.providers.flatMap(({ log }) => log);
    this.#secrecy.leaks([...logs, metrics]).forEach((leak) => this.broken(leak));
  }

  /** Objects of others, which nobody may touch. */
  foreign(cluster: string, collection: string, object: Obj): void {
    this.#foreign.set(placeOf(cluster, collection, object), essenceOf(object));
  }

  #changed(cluster: string, collection: string, change: Change): void {
    this.#secrecy.saw(collection, change.object);
    this.#checkForeign(cluster, collection, change);
    if (collection === OCMS) {
      this.#checkReady(change);
      this.#checkFinalizerLast(change);
    }
    if (cluster === "platform" && (collection === ACCESSES || collection === RELEASES)) {
      this.#checkNotOrphaned(change);
    }
  }

  /** Ready for the present generation means: exactly this version is installed, at this moment. */
  #checkReady({ object, previous, type }: Change): void {
    const ready = listAt(object, "status", "conditions").find((one) => textAt(one, "type") === "Ready");
    const claims =
      textAt(ready, "status") === "True" &&
      valueAt(object, "status", "observedGeneration") === object.metadata.generation;
    if (type === "DELETED" || !claims || isDeepStrictEqual(previous?.["status"], object["status"])) {
      return;
    }
    const wanted = textAt(object, "spec", "version");
    const installed = this.#installedOn(tenantNamespaceOf(object));
    if (installed !== wanted) {
      this.broken(`Ready is untrue: OCM ${keyOf(object)} wants ${wanted}, found ${installed} on the control plane`);
    }
  }

  #checkFinalizerLast({ object, type }: Change): void {
    if (type !== "DELETED") {
      return;
    }
    const namespace = tenantNamespaceOf(object);
    for (const collection of [RELEASES, SOURCES, ACCESSES, "secrets"]) {
      for (const left of this.#stored("platform", collection)) {
        if (left.metadata.namespace === namespace && left.metadata.labels?.[MANAGED_BY] === CONTROLLER) {
          this.broken(
            `the finalizer was not last: OCM ${keyOf(object)} is gone, ${left.kind} ${left.metadata.name} is not`,
          );
        }
      }
    }
    if (this.#isAlive(namespace)) {
      if (this.#hasRelease(namespace)) {
        this.broken(`orphaned: OCM ${keyOf(object)} is gone, its release is on a living control plane`);
      }
      const secrets = this.#stored(namespace, "secrets").filter(
        ({ metadata }) => metadata.labels?.[MANAGED_BY] === CONTROLLER,
      );
      secrets.forEach(({ metadata }) =>
        this.broken(`left on the control plane of ${keyOf(object)}: Secret ${metadata.name}`),
      );
    }
  }

  /** As long as there is a release on a living control plane, the way to it and the one who can remove it stay. */
  #checkNotOrphaned(change: Change): void {
    const { namespace = "", name, uid = "", labels } = change.object.metadata;
    // What others take away is their business.
    const isOurDoing = labels?.[MANAGED_BY] === CONTROLLER && this.#deletions.has(uid);
    if (isEnding(change) && isOurDoing && this.#isAlive(namespace) && this.#hasRelease(namespace)) {
      this.broken(`orphaned: ${change.object.kind} ${namespace}/${name} goes before the release`);
    }
  }

  #checkForeign(cluster: string, collection: string, { object, type }: Change): void {
    const essence = this.#foreign.get(placeOf(cluster, collection, object));
    if (essence === undefined) {
      return;
    }
    const namespace = this.#world.peek(cluster, "namespaces", object.metadata.namespace ?? "");
    const isGoingAnyway = namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
    const isTouched = type === "DELETED" || !isDeepStrictEqual(essence, essenceOf(object));
    if (isTouched && !isGoingAnyway) {
      this.broken(`touched: ${type} ${placeOf(cluster, collection, object)}`);
    }
  }

  #arrived(exchange: Exchange): void {
    const { path, method } = exchange.request;
    if (!isWrite(exchange) || path.includes("/leases")) {
      return;
    }
    const [, uid] = /"uid":"([^"]+)"/.exec(exchange.request.body ?? "") ?? [];
    if (method === "DELETE" && uid !== undefined) {
      this.#deletions.add(uid);
    }
    this.writes.push(`${this.#world.clock.now()} ${exchange.from} ${exchange.cluster} ${method} ${path}`);
    if (this.#world.providers.length < 2) {
      return;
    }
    const lease = this.#world.peek("platform", LEASES, `${POD_NAMESPACE}/sp-ocm`);
    const holder = textAt(lease, "spec", "holderIdentity");
    if (!holder.startsWith(`${exchange.from}_`)) {
      this.broken(
        `two writers: ${exchange.from} sends ${method} ${path} while the lease is of "${holder.split("_")[0] ?? ""}"`,
      );
    }
  }

  #isAlive(namespace: string): boolean {
    return this.#stored("platform", CLUSTER_REQUESTS).some(
      ({ metadata, ...request }) => metadata.namespace === namespace && textAt(request, "spec", "purpose") === "mcp",
    );
  }

  #hasRelease(namespace: string): boolean {
    return this.#stored(namespace, DEPLOYMENTS).length > 0 || this.#records(namespace).length > 0;
  }

  #installedOn(namespace: string): string {
    const newest = this.#records(namespace).toSorted((left, right) => versionOf(right) - versionOf(left))[0];
    if (newest?.metadata.labels?.["status"] !== "deployed") {
      return newest?.metadata.labels?.["status"] ?? "nothing";
    }
    const [deployment] = this.#stored(namespace, DEPLOYMENTS);
    return (
      textAt(listAt(deployment, "spec", "template", "spec", "containers")[0], "image")
        .split(":")
        .at(-1) ?? "nothing"
    );
  }

  #records(namespace: string): readonly Obj[] {
    return this.#stored(namespace, "secrets").filter((secret) => secret["type"] === "helm.sh/release.v1");
  }

  #stored(cluster: string, collection: string): readonly Obj[] {
    return this.#world.simulation.clusters.get(cluster)?.api.objects(collection) ?? [];
  }
}

/** A release ends when it is gone, an access as soon as somebody wants it gone. */
function isEnding({ object, previous, type }: Change): boolean {
  const isMarked =
    object.metadata.deletionTimestamp !== undefined && previous?.metadata.deletionTimestamp === undefined;
  return type === "DELETED" || (object.kind === "AccessRequest" && isMarked);
}

function versionOf({ metadata }: Obj): number {
  return Number(metadata.labels?.["version"]);
}

function tenantNamespaceOf({ metadata }: Obj): string {
  return tenantNamespace(metadata.name, metadata.namespace ?? "");
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
