import type { ChartSource, ControlPlaneRef } from "../../ground/ground.ts";
import type { SimClient } from "../../sim/client.ts";
import type { SimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import type { TransportRequest } from "../../src/kube/transport.ts";
import { type Answer, type Exchange, type Interference } from "./exchange.ts";
import type { ClusterKind } from "./faults.ts";
import { isOwn } from "./own-objects.ts";

/** What a cluster holds: collections are `secrets`, `helmreleases.helm.toolkit.fluxcd.io`; keys `<namespace>/<name>`. */
export type Holdings = {
  stored(): ReadonlyMap<string, readonly Obj[]>;
  objects(collection: string): readonly Obj[];
  peek(collection: string, key: string): Obj | undefined;
};

/** What clusters hold: `platform`, `onboarding`, and each control plane under its tenant namespace. */
export type Clusters = ReadonlyMap<string, { readonly api: Holdings }>;

/** The clusters of a stage, and what users and operators do there. */
export type StageGround = {
  readonly platform: { readonly client: SimClient };
  readonly onboarding: { readonly client: SimClient };
  readonly charts: ChartSource;
  readonly clusters: ReadonlyMap<string, { readonly client: SimClient; readonly api: Holdings }>;
  orderControlPlane(ref: ControlPlaneRef): Promise<unknown>;
  removeControlPlane(ref: ControlPlaneRef): Promise<unknown>;
};

/** A change of an object. */
export type Change = { readonly object: Obj; readonly previous?: Obj; readonly type: string };

/** Told of each change of any object on any cluster, as soon as it is known. */
export type Listener = (cluster: string, collection: string, change: Change) => void;

/** What is wrong, as far as the clusters tell, a sentence each. */
export type Check = (clusters: Clusters) => readonly string[];

type Revision = { readonly atMs: number; readonly revision: string };

/** Where lives are played: clusters, platform, Flux, registry and providers, with something in between. */
export abstract class Stage {
  abstract readonly clock: SimClock;
  abstract readonly ground: StageGround;
  /** Numbers in [0, 1). */
  abstract readonly random: () => number;
  /** How many providers there are; several elect a leader. */
  abstract readonly replicas: number;
  /** What lies between providers and clusters, the first is the nearest to the provider. */
  readonly interferences: Interference[] = [];
  readonly listeners: Listener[] = [];
  /** Told of each request at the moment a server gets it. */
  readonly arrivals: ((exchange: Exchange) => void)[] = [];
  /** Whether the life is over, after which nobody crashes and nobody asks any more. */
  isOver = false;
  /** How many requests have been sent. */
  requests = 0;
  readonly #revisions = new Map<string, Revision[]>();
  readonly #waits = new Set<() => void>();

  /** Has the providers begin, if they do not run yet. */
  abstract begin(): void;

  /** Name of the Lease without which a pod writes nothing, where several pods run. */
  leaseOf(_pod: string): string {
    return "sp-ocm";
  }

  /** Lets time pass. */
  abstract pass(ms: number): Promise<void>;

  /** Lets time pass until `isOver` holds; throws when that takes longer than `limitMs`. */
  abstract passUntil(isOver: () => boolean, limitMs: number): Promise<void>;

  /** What all clusters hold at this moment, by their own word. */
  abstract look(): Promise<Clusters>;

  /** What the providers have ever logged, and their metrics. */
  abstract told(): Promise<readonly string[]>;

  /** Tells what is wrong now. A stage that learns of changes late makes sure of it first. */
  abstract judge(check: Check, tell: (violation: string) => void): void;

  /** Resolves as soon as `isMet`, which is asked after each change anywhere. */
  async until(isMet: () => boolean): Promise<void> {
    while (!isMet()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waits.add(resolve);
      await promise;
    }
  }

  /** The stored object of an OCM or any other collection of a cluster. */
  peek(cluster: string, collection: string, key: string): Obj | undefined {
    return this.ground.clusters.get(cluster)?.api.peek(collection, key);
  }

  /** Whether a collection has an object of the provider's in a namespace. */
  hasAny(cluster: string, collection: string, namespace: string): boolean {
    const objects = this.ground.clusters.get(cluster)?.api.objects(collection) ?? [];
    return objects.some((object) => object.metadata.namespace === namespace && isOwn(object));
  }

  /** The revision that a cluster's storage had at a time. */
  revisionAt(cluster: string, atMs: number): string {
    const revisions = this.#revisions.get(cluster) ?? [];
    return revisions.findLast((one) => one.atMs <= atMs)?.revision ?? revisions[0]?.revision ?? "0";
  }

  /** Has a request of a provider pass everything that lies between it and a cluster. */
  protected send(
    { from, cluster, request }: Pick<Exchange, "from" | "cluster"> & { readonly request: TransportRequest },
    deliver: (exchange: Exchange) => Answer,
  ): Answer {
    this.requests += 1;
    const exchange: Exchange = { request, cluster, kind: kindOf(cluster), number: this.requests, from };
    const send = this.interferences.reduceRight<(exchange: Exchange) => Answer>(
      (next, interference) => (passing) => interference(passing, next),
      deliver,
    );
    return send(exchange);
  }

  /** Takes notice of a change. */
  protected changed(cluster: string, collection: string, change: Change): void {
    const revisions = this.#revisions.get(cluster) ?? [];
    revisions.push({ atMs: this.clock.now(), revision: change.object.metadata.resourceVersion ?? "0" });
    this.#revisions.set(cluster, revisions);
    this.listeners.forEach((listen) => listen(cluster, collection, change));
    this.wake();
  }

  /** Has those who wait look again. */
  protected wake(): void {
    const waits = [...this.#waits];
    this.#waits.clear();
    waits.forEach((wake) => wake());
  }
}

/** What kind of cluster a key stands for. */
export function kindOf(cluster: string): ClusterKind {
  return cluster === "platform" || cluster === "onboarding" ? cluster : "mcp";
}
