import type { KubeClient } from "../../kube/client.ts";
import { configMaps, namespaces, type Namespace, secrets, type ConfigMap, type Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { type FollowFailure, Informer, type InformerOptions } from "../../runtime/informer.ts";
import { keyOf, refOf } from "../../runtime/key.ts";
import { NamedInformers } from "../../runtime/named-informers.ts";
import { projectionOf } from "../../runtime/projection.ts";
import type { Addition, WorkQueue } from "../../runtime/queue.ts";
import { SharedValues } from "../../runtime/shared-values.ts";
import { isOfStatusOnly, saysNothing, type Store } from "../../runtime/store.ts";
import { accessRequests, clusterRequests, type AccessRequest, type ClusterRequest } from "../platform/kinds.ts";
import { isOurs, managedBy, managedByLabel } from "../platform/tenant-access.ts";
import {
  type ControllerDeps,
  controllersOf,
  type Frame,
  type ProviderDefinition,
  type Readings,
  servedResources,
  type Supplement,
} from "./definition.ts";
import { Served } from "./served.ts";
import { ShardCaches } from "./shard-caches.ts";
import { shardsInForce } from "./shards-in-force.ts";
import { SHARD_LABEL, Shards } from "./shards.ts";
import { addState, eventOf, nameOfState, States } from "./states.ts";
import type { ServiceObject } from "./status.ts";
import { TenantIndex } from "./tenant-index.ts";
import { UnservedTenants } from "./unserved.ts";

/** The queues that changes are turned into keys of. */
export type Queues = { readonly tenants: WorkQueue; readonly config: WorkQueue; readonly namespaces: WorkQueue };

/** A watch that has failed for long. */
export type Silence = { readonly cluster: string; readonly resource: string; readonly failure: FollowFailure };

type Followed<T extends ServiceObject, C extends ServiceObject> = Pick<
  ProviderDefinition<T, C, never>,
  "name" | "resource" | "configResource" | "earlier" | "controller" | "shardsOf"
> & {
  readonly settings: {
    readonly supplement?: Pick<Supplement<C, never>, "resource" | "project">;
    readonly read: (config: C) => unknown;
  };
  /** Says which fields of an object the present schema of its kind would refuse. */
  readonly problemsOf: (object: KubeObject) => readonly string[];
};

/** An informer as far as the kind of its objects does not matter. */
type Following = Pick<Informer<KubeObject>, "run" | "synced" | "failure" | "isBehind" | "resource">;

/** Namespaces are watched for their shard key. */
const KEYED: Resource<Namespace> = { ...namespaces, kept: {} };

/** API servers are upgraded, and certificates renewed, in less. */
const LONGEST_FAILURE_MS = 5 * 60_000;

/** Everything that is watched all the time; each change wakes exactly the objects that it concerns. */
export class Watches<T extends ServiceObject, C extends ServiceObject> {
  readonly objects: Served<T>;
  readonly providerConfigs: Served<C>;
  readonly clusterRequests: Store<ClusterRequest>;
  /** Those with the provider's label. */
  readonly accessRequests: Store<AccessRequest>;
  /** Secrets of the operator, in the provider's own namespace, by name. */
  readonly operatorSecrets: NamedInformers<Secret>;
  /** The same for ConfigMaps. */
  readonly operatorConfigMaps: NamedInformers<ConfigMap>;
  /** The objects that supplement the settings, if a kind does. */
  readonly supplements: NamedInformers<KubeObject> | undefined;
  readonly tenants: TenantIndex<T>;
  /** Whose the tenants are. */
  readonly shards: Shards<T>;
  /** Among which shards the ProviderConfig has tenants distributed. */
  readonly shardsInForce: () => readonly string[];
  /** Which tenants no process serves; absent where this process serves all of them. */
  readonly unserved: UnservedTenants | undefined;
  /** The namespaces of the onboarding cluster that have a shard key. */
  readonly #namespaces: Store<Namespace>;
  readonly #caches: ShardCaches;
  readonly #definition: Followed<T, C>;
  readonly #deps: ControllerDeps;
  readonly #queues: Queues;
  /** What tells which tenants there are, and whose they are. */
  readonly #leading: Following[] = [];
  /** Tenants' objects on the platform. */
  readonly #ofPlatform: Following[] = [];
  /** Look up the states of a tenant namespace's objects, each those of one cache. */
  readonly #statesOfNamespace: ((states: unknown[], namespace: string) => void)[] = [];
  readonly #causesInStates = new Set<string>();
  readonly #shared = new SharedValues();
  readonly #settingsListeners: (() => void)[] = [];
  #isSynced = false;

  constructor(definition: Followed<T, C>, deps: ControllerDeps, queues: Queues) {
    this.#definition = definition;
    this.#deps = deps;
    this.#queues = queues;
    const { providerName, podNamespace } = deps;
    const tellShards = shardsInForce(definition, definition.problemsOf);
    this.shardsInForce = () => tellShards(this.providerConfigs.all(providerName));
    this.objects = this.#followObjects();
    this.tenants = new TenantIndex(this.objects);
    this.#causesInStates.add(definition.resource.kind);
    this.#wakeByUsers();
    this.providerConfigs = this.#followConfigs();
    this.#namespaces = follow(this.#onOnboarding(KEYED, { labelSelector: SHARD_LABEL }), this.#leading);
    this.shards = this.#followShards();
    this.#caches = this.#cachesOfShard();
    this.unserved = this.#lookForUnserved();
    this.providerConfigs.onChange((change) =>
      change.key === providerName && !isOfStatusOnly(change)
        ? this.#recheckSettings(definition.configResource.kind)
        : queues.config.add(change.key, { cause: definition.configResource.kind }),
    );
    const onChange = (): void => this.#recheckSettings("object of the settings");
    const ofOperator = { ...this.#baseOf("platform", deps.platform), namespace: podNamespace, onChange };
    this.operatorSecrets = new NamedInformers<Secret>({ ...ofOperator, resource: secrets });
    this.operatorConfigMaps = new NamedInformers<ConfigMap>({ ...ofOperator, resource: configMaps });
    const { supplement } = definition.settings;
    this.supplements = supplement && new NamedInformers({ ...ofOperator, ...supplement, isOptional: true });
    const owners = controllersOf(definition).map((controller) => managedByLabel(controller));
    this.clusterRequests = this.#ofTenants(clusterRequests, {
      // The platform may give one cluster to tenants of two shards.
      isForAll: (request) => owners.some((labels) => isOurs(request, labels)),
    });
    this.accessRequests = this.watch(accessRequests, "managed");
  }

  /** Follows further objects of tenant namespaces, as narrowly as the API allows. */
  readonly watch: Frame<unknown>["watch"] = (resource, selection, readings = {}) => {
    return selection === "managed"
      ? this.#ofTenants(resource, { labelSelector: managedBy(controllersOf(this.#definition)), readings })
      : this.#ofTenants(resource, { fieldSelector: `metadata.name=${selection.name}`, name: selection.name, readings });
  };

  /** Calls `listener` whenever the settings in force, or the objects that they name, may have changed. */
  onSettingsChange(listener: () => void): void {
    this.#settingsListeners.push(listener);
  }

  /** Puts every object of a tenant into the queue. */
  recheckAll(cause: string): void {
    this.objects.list().forEach((object) => this.#wake(keyOf(object), { cause, urgency: "sweep" }));
  }

  /** Begins the turn of a tenant. Returns whether a pass may be made: the tenant is ours, and the caches have it. */
  mayPass(key: string): boolean {
    return this.#caches.mayPass(key);
  }

  /** The states of all objects that are followed in the namespace of a tenant, with those of the tenant's own objects. */
  statesOf(key: string, namespace: string): readonly unknown[] {
    const states: unknown[] = [];
    for (const { store } of this.objects.kinds) {
      addState(states, store.get(key));
    }
    for (const addStates of this.#statesOfNamespace) {
      addStates(states, namespace);
    }
    return states;
  }

  /** Whether a cause in the tenants' queue is a change of an object of which `statesOf` has the state. */
  isInStates(cause: string): boolean {
    return this.#causesInStates.has(cause);
  }

  /** The objects that this process serves. */
  ours(): readonly T[] {
    const all = this.objects.list();
    return this.shards.isOneOfMany ? all.filter((object) => this.shards.isOurs(object)) : all;
  }

  /** The watches that have failed for long. */
  silences(): readonly Silence[] {
    const ofUsers = new Set<Resource>([KEYED, ...this.objects.kinds.map(({ resource }) => resource)]);
    return this.#following.flatMap((informer) => {
      const failure = informer.failure();
      const isLong = failure !== undefined && this.#deps.clock.now() - failure.sinceMs >= LONGEST_FAILURE_MS;
      const cluster = ofUsers.has(informer.resource) ? "onboarding" : "platform";
      return isLong ? [{ cluster, resource: informer.resource.plural, failure }] : [];
    });
  }

  /**
   * Reads the ProviderConfig that counts from the server while its watch fails: what is begun now cannot be undone when
   * news come. What is known already stays when there is no answer.
   */
  async refreshConfig(signal: AbortSignal): Promise<void> {
    const name = this.#deps.providerName;
    for (const { resource, store } of this.providerConfigs.kinds) {
      const informer = this.#following.find((one) => one.resource === resource);
      const known = store.get(name);
      const found =
        informer?.isBehind() === true
          ? await this.#deps.platform.find(resource, { name }, signal).catch(() => known)
          : known;
      if (found?.metadata.resourceVersion !== known?.metadata.resourceVersion) {
        if (found !== undefined) {
          store.written(found);
        } else if (known !== undefined) {
          store.deleted(known, undefined);
        }
        this.#recheckSettings(resource.kind);
      }
    }
  }

  /** Follows everything until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const leading = this.#leading.map((informer) => informer.run(signal));
    if (this.shards.isOneOfMany) {
      await Promise.all(this.#leading.map((informer) => informer.synced(signal)));
      this.#caches.begin(this.objects.list().map(keyOf));
    }
    await Promise.all([...leading, ...this.#ofPlatform.map((informer) => informer.run(signal))]);
  }

  /** Ends the watches of single objects. */
  close(): void {
    [this.operatorSecrets, this.operatorConfigMaps, this.supplements].forEach((objects) => objects?.close());
  }

  /** Resolves when every cache is filled, or `signal` is aborted. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#following.map((informer) => informer.synced(signal)));
    this.#isSynced = true;
    this.recheckAll("start");
  }

  // Before every cache is filled, no tenant has a turn, and then each of them has one. That is a sweep: the first lists
  // hold everything that a process before this one has settled, and a new order does not wait for that.
  #wake(tenant: string, addition: Addition): void {
    if (this.#isSynced && !this.#caches.isOthers(tenant)) {
      this.#queues.tenants.add(tenant, addition);
    }
  }

  #wakeByUsers(): void {
    const { kind: cause } = this.#definition.resource;
    this.objects.onChange((change) => this.#wake(change.key, { cause, urgency: "order", event: eventOf(change) }));
    for (const { store } of this.objects.kinds) {
      store.onOwn((object) => this.#queues.tenants.retract(keyOf(object), nameOfState(object)));
    }
  }

  #isForeign(key: string): boolean {
    const object = this.objects.get(key);
    return object !== undefined && !this.shards.isOurs(object);
  }

  #followObjects(): Served<T> {
    return new Served(
      servedResources(this.#definition).map(({ resource, isOptional }) => ({
        resource,
        store: follow(this.#onOnboarding(resource, { isOptional }), this.#leading),
      })),
    );
  }

  #followConfigs(): Served<C> {
    return new Served(
      servedResources(this.#definition).map(({ configResource: resource, isOptional }) => ({
        resource,
        store: follow(this.#onPlatform(resource, { isOptional }), this.#leading),
      })),
    );
  }

  #followShards(): Shards<T> {
    this.#namespaces.onChange(({ key }) => this.#recheckNamespace(key));
    return new Shards({
      selector: this.#deps.watchSelector,
      objects: this.objects,
      namespaces: this.#namespaces,
      shards: this.shardsInForce,
    });
  }

  #cachesOfShard(): ShardCaches {
    return new ShardCaches({
      isForeign: (key) => this.#isForeign(key),
      tenantOf: (namespace) => this.tenants.keyOf(namespace),
      onArrived: (key) => this.#queues.tenants.add(key, { cause: "move from another shard", urgency: "sweep" }),
      clock: this.#deps.clock,
      signal: this.#deps.signal,
    });
  }

  #lookForUnserved(): UnservedTenants | undefined {
    const { watchSelector: own, listLeases, providerName, clock, log } = this.#deps;
    if (own === undefined || listLeases === undefined) {
      return undefined;
    }
    const unserved = new UnservedTenants({
      own,
      listLeases,
      providerName,
      group: this.#definition.resource.group,
      tenants: () => this.objects.list().map((object) => this.shards.labelsOf(object)),
      onChange: () => this.#queues.config.add(providerName, { cause: "tenants without a process" }),
      clock,
      log,
    });
    this.objects.onChange(() => unserved.changed());
    this.providerConfigs.onChange(() => unserved.changed());
    this.#namespaces.onChange(() => unserved.changed());
    return unserved;
  }

  #recheckNamespace(namespace: string): void {
    for (const { store } of this.objects.kinds) {
      store
        .inNamespace(namespace)
        .forEach((object) => this.#wake(keyOf(object), { cause: namespaces.kind, urgency: "sweep" }));
    }
  }

  #recheckSettings(cause: string): void {
    this.#queues.config.add(this.#deps.providerName, { cause });
    this.recheckAll(cause);
    this.#settingsListeners.forEach((listener) => listener());
  }

  #ofTenants<O extends KubeObject>(
    resource: Resource<O>,
    { name, readings = {}, isForAll = () => false, ...selection }: Selection<O> & OfTenants<O>,
  ): Store<O> {
    const accepts = (object: O): boolean => isForAll(object) || this.#caches.accepts(object);
    const informer = this.#onPlatform(resource, { ...selection, ...(this.shards.isOneOfMany && { accepts }) });
    const store = follow(informer, this.#ofPlatform);
    this.#caches.add({
      relist: (signal) => informer.relist(signal),
      store: { evict: (namespace) => store.evict(namespace, isForAll) },
    });
    const states = new States(readings.whenReady);
    this.#statesOfNamespace.push((found, namespace) => {
      // Where there is one name, an index by namespace is spared.
      const objects = name === undefined ? store.inNamespace(namespace) : [store.get(`${namespace}/${name}`)];
      found.push(objects.length);
      objects.forEach((object) => states.add(found, object));
    });
    this.#causesInStates.add(resource.kind);
    store.onChange((change) => {
      const tenant = this.tenants.keyOf(refOf(change.key).namespace);
      if (tenant !== undefined && !saysNothing(change, readings.always)) {
        this.#wake(tenant, { cause: resource.kind, urgency: "news", event: eventOf(change) });
      }
    });
    store.onOwn((object) => {
      const tenant = this.tenants.keyOf(object.metadata.namespace);
      if (tenant !== undefined) {
        this.#queues.tenants.retract(tenant, nameOfState(object));
      }
    });
    return store;
  }

  // Nothing on the onboarding cluster is compared with what the provider has applied.
  #onOnboarding<O extends KubeObject>(resource: Resource<O>, selection: Selection<O>): Informer<O> {
    const base = this.#baseOf("onboarding", this.#deps.onboarding);
    return new Informer<O>({ ...base, resource, project: projectionOf(resource), ...selection });
  }

  #onPlatform<O extends KubeObject>(resource: Resource<O>, selection: Selection<O>): Informer<O> {
    const project = projectionOf<O>(resource, this.#definition.name);
    const base = this.#baseOf("platform", this.#deps.platform);
    return new Informer<O>({ ...base, resource, project, ...selection });
  }

  get #following(): readonly Following[] {
    return [...this.#leading, ...this.#ofPlatform];
  }

  #baseOf(cluster: "platform" | "onboarding", client: KubeClient) {
    const { clock, random, log, onContact } = this.#deps;
    return { client, clock, random, log, shared: this.#shared, onContact: () => onContact(cluster) };
  }
}

type OfTenants<O extends KubeObject> = {
  readonly name?: string;
  readonly readings?: Readings<O>;
  /** Which objects each process keeps, whoever serves their tenant. Default: none. */
  readonly isForAll?: (object: O) => boolean;
};

type Selection<O extends KubeObject> = Pick<
  InformerOptions<O>,
  "labelSelector" | "fieldSelector" | "isOptional" | "accepts"
>;

function follow<O extends KubeObject>(informer: Informer<O>, all: Following[]): Store<O> {
  all.push(informer);
  return informer.store;
}
