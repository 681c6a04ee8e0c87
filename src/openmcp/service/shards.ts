import { hash } from "node:crypto";

import type { Namespace } from "../../kube/core.ts";
import type { Labels, LabelSelector } from "../../kube/label-selector.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Store } from "../../runtime/store.ts";
import { hash8 } from "../platform/names.ts";
import type { Served } from "./served.ts";

/** The label by which Flux's controllers share their objects, and processes of the provider their tenants. */
export const SHARD_LABEL = "sharding.fluxcd.io/key";

/**
 * Chooses one of some shards for an object; undefined where there is none. Pure.
 *
 * By rendezvous hashing: one more shard takes an equal part from each of the others, and moves no other object. Every
 * process and every version has to choose the same, so that the hash must not change.
 */
export function chooseShard(
  shards: readonly string[],
  { namespace = "", name }: Pick<ObjectRef, "namespace" | "name">,
): string | undefined {
  const weighed = shards.map((shard) => ({ shard, weight: hash("sha256", `${shard}/${namespace}/${name}`) }));
  return weighed.reduce<(typeof weighed)[number] | undefined>(
    (most, one) => (most === undefined || one.weight > most.weight ? one : most),
    undefined,
  )?.shard;
}

/** What the key of an object depends on beside the object. */
export type ShardRules = {
  /** Labels of the object's namespace on the onboarding cluster. */
  readonly namespaceLabels: Labels | undefined;
  /** The shards among which the ProviderConfig chooses. */
  readonly shards: readonly string[];
};

/** Returns the shard key of an object: its own, or that of its namespace, or the chosen one. Pure. */
export function shardKeyOf({ metadata }: KubeObject, { namespaceLabels, shards }: ShardRules): string | undefined {
  // An empty label is no key: no instance of Flux's controllers has one.
  return metadata.labels?.[SHARD_LABEL] || namespaceLabels?.[SHARD_LABEL] || chooseShard(shards, metadata);
}

/** Returns the labels that selectors are compared with: those of the object, with the key that counts. Pure. */
export function labelsForSelector({ metadata: { labels } }: KubeObject, key: string | undefined): Labels {
  const { [SHARD_LABEL]: _own, ...others } = labels ?? {};
  return key === undefined ? others : { ...others, [SHARD_LABEL]: key };
}

/**
 * Name of the Lease of the process that serves the objects of a selector.
 *
 * Who holds the one without selector also does what is done once for all tenants.
 */
export function leaseName(providerName: string, selector?: LabelSelector): string {
  return selector === undefined ? `sp-${providerName}` : `sp-${providerName}-${hash8(selector.text)}`;
}

/** The annotation of such a Lease that tells the selector. */
export function selectorAnnotation(group: string): string {
  return `${group}/watch-label-selector`;
}

/** What tells whose a tenant is. */
type ShardsDeps<T extends KubeObject> = {
  /** Selects the objects that this process serves. Absent: all of them. */
  readonly selector: LabelSelector | undefined;
  readonly objects: Pick<Served<T>, "get">;
  /** The namespaces of the onboarding cluster that have a key. */
  readonly namespaces: Pick<Store<Namespace>, "get">;
  /** The shards among which the ProviderConfig chooses, as they are at this moment. */
  readonly shards: () => readonly string[];
};

/** Tells which shard a tenant belongs to. Nothing is remembered: what the caches have decides. */
export class Shards<T extends KubeObject> {
  readonly #deps: ShardsDeps<T>;

  constructor(deps: ShardsDeps<T>) {
    this.#deps = deps;
  }

  /** Whether other processes may serve some of the tenants. */
  get isOneOfMany(): boolean {
    return this.#deps.selector !== undefined;
  }

  /** The shard key of the installation that an object asks for, if the installation has one. */
  keyOf(object: KubeObject): string | undefined {
    const { objects, namespaces, shards } = this.#deps;
    // Of two objects under one key, in two API groups, one leads.
    const leader = objects.get(keyOf(object)) ?? object;
    const { namespace } = leader.metadata;
    const { labels: namespaceLabels } =
      (namespace === undefined ? undefined : namespaces.get(namespace)?.metadata) ?? {};
    return shardKeyOf(leader, { namespaceLabels, shards: shards() });
  }

  /** Whether this process serves an object. */
  isOurs(object: T): boolean {
    const { selector } = this.#deps;
    return selector === undefined || this.isSelected(object, selector);
  }

  /** Whether a process with a selector serves an object. */
  isSelected(object: T, selector: LabelSelector): boolean {
    return selector.matches(this.labelsOf(object));
  }

  /** The labels that selectors are compared with, of the object that leads. */
  labelsOf(object: T): Labels {
    const leader = this.#deps.objects.get(keyOf(object)) ?? object;
    return labelsForSelector(leader, this.keyOf(leader));
  }
}
