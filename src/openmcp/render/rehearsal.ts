import type { Clock } from "../../kube/clock.ts";
import { NotFoundError } from "../../kube/errors.ts";
import { isTerminating, type KubeObject, type ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { secrets } from "../../kube/core.ts";
import { DryRunClient, type DryRunChange, isSelected } from "../../runtime/dry-run-client.ts";
import { StalledError, WaitingError } from "../../runtime/errors.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import { Store } from "../../runtime/store.ts";
import { type AccessRequest, accessRequests, type ClusterRequest, clusterRequests } from "../platform/kinds.ts";
import { tenantNamespace } from "../platform/names.ts";
import { SilentClusterError } from "../platform/tenant-clusters.ts";
import { accessState, clusterState, managedBy } from "../platform/tenant-access.ts";
import { ControlPlaneWatches } from "../service/control-plane-watches.ts";
import { ControlPlaneAccess } from "../service/control-planes.ts";
import { problemsIn } from "../service/problems-in.ts";
import {
  type Actions,
  controllersOf,
  type Frame,
  type ProviderDefinition,
  type Reading,
} from "../service/definition.ts";
import { requestedOperation } from "../service/operation.ts";
import type { Find } from "../service/rehearsal-hints.ts";
import type { Pass, PassOutcome } from "../service/service.ts";
import type { Report, ServiceObject } from "../service/status.ts";

/** What a rehearsal works with. */
export type RehearsalDeps = {
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the platform grants every access and every cluster that is requested. Otherwise all stays as it is. */
  readonly grants: boolean;
  /** The shard key of the tenant of an object, if the tenant has one. */
  readonly shardKeyOf: Frame<unknown>["shardKeyOf"];
  /** Reads an object of the platform that is not among the known ones. Default: there is none. */
  readonly find?: <O extends KubeObject>(resource: Resource<O>, ref: ObjectRef) => Promise<O | undefined>;
};

/** The objects of one kind that passes look at, as a list on the API server selects them. */
export type Watched = {
  readonly resource: Resource;
  readonly selection: { readonly labelSelector?: string; readonly fieldSelector?: string };
};

/** An object on the platform cluster, of a kind in `watched`. */
export type Known = { readonly resource: Resource; readonly object: KubeObject };

/** What passes over one object come to. */
export type Rehearsed = {
  readonly platform: readonly DryRunChange[];
  /** The cluster on which the installation is: the tenant's control plane, or a workload cluster. */
  readonly target: readonly DryRunChange[];
  /** Whether that cluster would have been asked something. */
  readonly isTargetVisited: boolean;
  readonly reports: readonly Report[];
};

type Watch = Watched & { readonly store: Store<KubeObject> };

/** A writer that never comes to an end would not let a rehearsal end either. */
const MOST_PASSES = 6;

/**
 * Makes passes over single objects, by the code that makes them in a running provider, and writes nothing.
 *
 * A pass is repeated until there is nothing left to write, with all others doing their part at once: the platform grants
 * access if `grants` says so, and the definition says how other controllers leave objects. Nobody asks a tenant's cluster:
 * it has what the rehearsal has been told that it has, and does not answer where the status says that it does not.
 */
export class Rehearsal<T extends ServiceObject, C extends ServiceObject, S> {
  readonly #definition: ProviderDefinition<T, C, S>;
  readonly #deps: RehearsalDeps;
  readonly #platform: DryRunClient;
  readonly #target: DryRunClient;
  readonly #watches: Watch[] = [];
  readonly #actions: Actions<T>;
  readonly #problemsOf: (object: KubeObject) => readonly string[];
  #isTargetVisited = false;
  #isTargetSilent = false;
  #reading: Reading<S> = { blocker: { state: "waiting", reason: "ProviderConfigNotFound", message: "" } };

  constructor(definition: ProviderDefinition<T, C, S>, deps: RehearsalDeps) {
    const { clock } = deps;
    this.#definition = definition;
    this.#deps = deps;
    this.#problemsOf = problemsIn(definition.crds);
    this.#platform = new DryRunClient({
      clock,
      find: (resource, ref) => this.#findUnknown(resource, ref),
      settle: (object, before) => this.#settled(object, before),
    });
    this.#target = new DryRunClient({ clock });
    this.#actions = definition.service(this.#frame());
  }

  /** What the passes look at on the platform cluster. */
  get watched(): readonly Watched[] {
    return this.#watches.map(({ resource, selection }) => ({ resource, selection }));
  }

  /** Has an object taken to where it asks for, from where the known objects are. `onTarget` are those on its cluster. */
  async rehearse(
    object: T,
    reading: Reading<S>,
    { platform, target = [] }: { readonly platform: readonly Known[]; readonly target?: readonly Known[] },
  ): Promise<Rehearsed> {
    const idle = this.#whyIdle(object);
    if (idle !== undefined) {
      return { platform: [], target: [], isTargetVisited: false, reports: [idle] };
    }
    this.#reading = reading;
    this.#isTargetSilent = this.#definition.rehearsal?.isSilent?.(object) === true;
    this.#learn(platform, target);
    try {
      const { reports } = await this.#passes(object);
      const [platformChanges, targetChanges] = [this.#platform.changes, this.#target.changes];
      return { platform: platformChanges, target: targetChanges, isTargetVisited: this.#isTargetVisited, reports };
    } finally {
      this.#forget(object);
    }
  }

  async #passes(object: T): Promise<Pick<PassOutcome, "reports">> {
    for (let made = 1; ; made += 1) {
      const before = this.#platform.writes + this.#target.writes;
      const outcome = await this.#pass(object);
      this.#settle();
      if (this.#platform.writes + this.#target.writes === before) {
        return outcome;
      }
      if (made === MOST_PASSES) {
        throw new Error(`expected the passes over ${keyOf(object)} to come to an end, found writes in each of ${made}`);
      }
    }
  }

  async #pass(object: T): Promise<Pick<PassOutcome, "reports">> {
    try {
      return await this.#actions.ensure(object, PASS);
    } catch (error) {
      if (error instanceof StalledError || error instanceof WaitingError) {
        const state = error instanceof WaitingError ? "waiting" : "failed";
        return { reports: [{ type: "Ready", state, reason: error.reason, message: error.message }] };
      }
      throw error;
    }
  }

  #whyIdle(object: T): Report | undefined {
    const problems = this.#problemsOf(object);
    if (isTerminating(object)) {
      return { type: "Ready", state: "waiting", reason: "Terminating", message: "the object is being deleted" };
    }
    if (requestedOperation(object) === "ignore") {
      const message = "the operation annotation says ignore: everything stays as it is";
      return { type: "Ready", state: "waiting", reason: "Ignored", message };
    }
    return problems.length === 0
      ? undefined
      : { type: "Ready", state: "failed", reason: "InvalidObject", message: problems.join("; ") };
  }

  #learn(platform: readonly Known[], target: readonly Known[]): void {
    platform.forEach(({ resource, object }) => this.#platform.know(resource, object));
    target.forEach(({ resource, object }) => this.#target.know(resource, object));
    this.#settle();
  }

  /** Has others do their part, each after those whose objects the provider follows first. */
  #settle(): void {
    for (const watch of this.#watches) {
      const known = this.#platform.all(watch.resource).filter((object) => isWatched(watch, object));
      const settled = known.map((object) => this.#settled(object, object));
      settled.forEach((object) => this.#platform.know(watch.resource, object));
      watch.store.replace(settled);
    }
  }

  #forget(object: T): void {
    this.#platform.reset();
    this.#target.reset();
    this.#isTargetVisited = false;
    this.#watches.forEach(({ store }) => store.replace([]));
    this.#actions.forget?.(keyOf(object));
  }

  #settled<O extends KubeObject>(object: O, before: O | undefined): O {
    const granted = this.#granted(object, before);
    const { settled = (one: KubeObject) => one } = this.#definition.rehearsal ?? {};
    const find: Find = (resource, ref) => this.#platform.known(resource, ref);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- others change nothing but the status
    return settled(granted, find) as O;
  }

  /** The platform does not take back what it has granted because a request is corrected. */
  #granted(object: KubeObject, before: KubeObject | undefined): KubeObject {
    const { grants } = this.#deps;
    if (isOf(accessRequests, object)) {
      const was = before !== undefined && isOf(accessRequests, before) ? before : undefined;
      return grants || accessState(was).state === "granted" ? grantAccess(object, was) : object;
    }
    if (isOf(clusterRequests, object)) {
      return grants && clusterState(object).state !== "granted" ? grantCluster(object) : object;
    }
    return object;
  }

  async #findUnknown<O extends KubeObject>(resource: Resource<O>, ref: ObjectRef): Promise<O | undefined> {
    const { find } = this.#deps;
    if (find === undefined || this.#isKubeconfig(resource, ref)) {
      throw UNKNOWN;
    }
    return find(resource, ref);
  }

  // Whether a kubeconfig can be trusted decides about no object.
  #isKubeconfig({ kind }: Resource, { namespace = "", name }: ObjectRef): boolean {
    const requests = this.#watches.filter(({ resource }) => resource.kind === accessRequests.kind);
    const granted = requests.flatMap(({ store }) => store.inNamespace(namespace)).map(secretOf);
    return kind === secrets.kind && granted.includes(name);
  }

  #frame(): Frame<S> {
    const { name: fieldManager } = this.#definition;
    const { clock, log } = this.#deps;
    const label = managedBy(controllersOf(this.#definition));
    const clusterRequestStore = this.#watch(clusterRequests, {});
    const accessRequestStore = this.#watch(accessRequests, { labelSelector: label });
    const targets = this.#targets();
    const frame = {
      platform: this.#platform,
      fieldManager,
      clusterRequests: clusterRequestStore,
      accessRequests: accessRequestStore,
      targets,
    };
    return {
      ...frame,
      watch: (resource, selection) =>
        this.#watch(
          resource,
          selection === "managed" ? { labelSelector: label } : { fieldSelector: `metadata.name=${selection.name}` },
        ),
      watchControlPlanes: (group) => neverWatching({ clock, log, group }),
      settings: () => this.#reading,
      shardKeyOf: this.#deps.shardKeyOf,
      controlPlanes: (token) =>
        new ControlPlaneAccess({
          frame,
          controllers: controllersOf(this.#definition),
          token,
          pollIntervalMs: () => POLL_INTERVAL_MS,
        }),
      clock,
      log,
    };
  }

  #targets(): Frame<S>["targets"] {
    return {
      visit: async (_secret, { signal }, work) => {
        if (this.#isTargetSilent) {
          throw new SilentClusterError("the status says that the cluster does not answer");
        }
        this.#isTargetVisited = true;
        return work(this.#target, signal);
      },
    };
  }

  #watch<O extends KubeObject>(resource: Resource<O>, selection: Watched["selection"]): Store<O> {
    const store = new Store<O>();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- objects come in by their resource
    this.#watches.push({ resource, selection, store: store as unknown as Store<KubeObject> });
    return store;
  }
}

const POLL_INTERVAL_MS = 60_000;
// One for all: it is thrown for each tenant, and nobody reads it.
const UNKNOWN = new NotFoundError("not known to the rehearsal");
const PASS: Pass = {
  force: false,
  signal: new AbortController().signal,
  dropReady: () => Promise.resolve(),
  dropReadySoon: () => Promise.resolve(),
  confirmLast: () => Promise.resolve(),
};

function neverWatching(deps: Pick<RehearsalDeps, "clock" | "log"> & { readonly group: string }): ControlPlaneWatches {
  const clusters = { use: () => new Promise<never>(() => undefined) };
  return new ControlPlaneWatches({ ...deps, clusters, random: () => 0, onChange: () => undefined });
}

function isWatched({ selection: { labelSelector, fieldSelector } }: Watch, { metadata }: KubeObject): boolean {
  const hasName = fieldSelector === undefined || fieldSelector === `metadata.name=${metadata.name}`;
  return hasName && (labelSelector === undefined || isSelected(metadata.labels ?? {}, labelSelector));
}

function isOf<O extends KubeObject>({ group, kind }: Resource<O>, object: KubeObject): object is O {
  return object.kind === kind && object.apiVersion.startsWith(`${group}/`);
}

function secretOf(request: KubeObject): string | undefined {
  const access = accessState(isOf(accessRequests, request) ? request : undefined);
  return access.state === "granted" ? access.secretName : undefined;
}

function grantAccess(request: AccessRequest, before: AccessRequest | undefined): AccessRequest {
  const { name, generation = 1 } = request.metadata;
  const secretRef = before?.status?.secretRef ?? { name: `${name}.kubeconfig` };
  return {
    ...request,
    metadata: { ...request.metadata, generation },
    status: { phase: "Granted", observedGeneration: generation, secretRef },
  };
}

function grantCluster(request: ClusterRequest): ClusterRequest {
  const { name, namespace = "", generation = 1 } = request.metadata;
  return { ...request, status: { phase: "Granted", observedGeneration: generation, cluster: { name, namespace } } };
}

/** The ClusterRequest of the control plane of an object, as the platform makes it for each control plane. */
export function controlPlaneOf({ metadata: { name, namespace = "" } }: KubeObject): Known {
  const object: ClusterRequest = {
    apiVersion: `${clusterRequests.group}/${clusterRequests.version}`,
    kind: clusterRequests.kind,
    metadata: { name, namespace: tenantNamespace(name, namespace), generation: 1 },
    spec: { purpose: "mcp" },
  };
  return { resource: clusterRequests, object: grantCluster(object) };
}
