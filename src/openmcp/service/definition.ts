import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { LabelSelector } from "../../kube/label-selector.ts";
import type { RequestReport } from "../../kube/exchange.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { ControllerObserver } from "../../runtime/controller.ts";
import type { EventRecorder } from "../../runtime/events.ts";
import type { Log } from "../../runtime/log.ts";
import type { Look } from "../../runtime/named-informers.ts";
import type { QueueObserver } from "../../runtime/queue.ts";
import type { Basis } from "../../runtime/rest.ts";
import type { Store } from "../../runtime/store.ts";
import type { Tracer } from "../../runtime/tracing.ts";
import type { AccessRequest, ClusterRequest, TokenAccess } from "../platform/kinds.ts";
import type { ProviderCrd } from "../platform/read-crd.ts";
import type { Controllers } from "../platform/tenant-access.ts";
import type { TenantClusters } from "../platform/tenant-clusters.ts";
import type { NamelessFinding } from "./finding.ts";
import type { ControlPlaneWatches } from "./control-plane-watches.ts";
import type { Inspection } from "./inspection.ts";
import type { Pass, Service } from "./service.ts";
import type { RehearsalHints } from "./rehearsal-hints.ts";
import type { Report, ServiceObject } from "./status.ts";
import type { TenantObserver } from "./tenant-figures.ts";
import type { Versions } from "./tenant-state.ts";
import type { ListLeases } from "./unserved.ts";

/**
 * A service provider: what it offers, and what it does for it.
 *
 * `T` are the end users' objects, `C` the ProviderConfigs, and `S` what a valid ProviderConfig says.
 */
export type ProviderDefinition<T extends ServiceObject, C extends ServiceObject, S> = {
  /** Name of the program. On every cluster, the fields that it applies have this manager. */
  readonly name: string;
  readonly version: string;
  /** What the provider does, a sentence for the help text. */
  readonly summary: string;
  /** The end users' objects, on the onboarding cluster. Further names derive from the API group. */
  readonly resource: Resource<T>;
  /** The operator's settings, on the platform cluster: the one object that has the provider's name counts. */
  readonly configResource: Resource<C>;
  /** Both kinds under each API group that they had before. Such objects are served as well. */
  readonly earlier?: readonly { readonly resource: Resource<T>; readonly configResource: Resource<C> }[];
  /**
   * Value of the label `openmcp.cloud/managed-by` on everything that is made for tenants. Default: the API group of
   * `resource`.
   *
   * A provider whose group changes keeps the value: an object with another value counts as somebody else's.
   */
  readonly controller?: string;
  /** Controllers under which a predecessor has requested access to the onboarding cluster. `run` gives it back. */
  readonly formerOnboardingControllers?: readonly string[];
  /** The CRDs of all these kinds. */
  readonly crds: readonly ProviderCrd[];
  readonly settings: SettingsReader<C, S>;
  /**
   * The keys of the shards among which a ProviderConfig has tenants distributed. Default: there are none.
   *
   * A provider that has them needs the field `status.shards` in the ProviderConfig's CRD, with those in force.
   */
  readonly shardsOf?: (config: C) => readonly string[] | undefined;
  /** A note about the tenants for a ProviderConfig that is in force. */
  readonly note?: (objects: readonly T[]) => Note | undefined;
  /** Names what an object asks for, such as `version 1.2.3`, in messages about two objects of which one leads. */
  readonly asksFor?: (object: T) => string;
  /** Whether two objects whose specs differ ask for the same nevertheless. Default: they never do. */
  readonly asksForSame?: (one: T, other: T, reading: Reading<S>) => boolean;
  /** Whether somebody has to look after an object whose deletion goes on without an error. Default: never. */
  readonly isRemovalFailing?: (object: T) => boolean;
  /** Which version an object asks for, and which one is installed, as far as one is. Default: there are no versions. */
  readonly versionsOf?: (object: T) => Versions;
  /** What an installation is looked at by. Default: there is nothing to see but the access to the control plane. */
  readonly inspection?: Inspection;
  /** What the API server of the onboarding cluster refuses when it is written. Default: what the CRDs refuse. */
  readonly admission?: Admission<S>;
  /** What a rehearsal of passes has to know of the objects that the provider writes. Default: nothing. */
  readonly rehearsal?: RehearsalHints;
  /** What `doctor` looks at, besides what is the same for each provider. Default: nothing. */
  readonly diagnosis?: Diagnosis<S>;
  /** Makes the pair `ensure` and `remove`. Called once, before anything is followed. */
  readonly service: (frame: Frame<S>) => Actions<T>;
};

/**
 * A ValidatingAdmissionPolicy for users' objects under each API group, which depends on the settings in force.
 *
 * It spares users the wait for a condition. The provider judges all the same: a policy may be missing, or out of date.
 */
export type Admission<S> = {
  /** Cluster-scoped kind of the policy's parameters, on the onboarding cluster. Its CRD is one of the provider's. */
  readonly parameters: Resource;
  /** The part of the policy that judges `object`, with `oldObject` and `params`, in CEL. */
  readonly rules: {
    readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly {
      readonly expression: string;
      readonly message?: string;
      readonly messageExpression?: string;
    }[];
  };
  /** Returns the spec of the parameters; undefined when nothing is refused. Pure. */
  readonly parametersOf: (inForce: SettingsInForce<S>) => Readonly<Record<string, unknown>> | undefined;
};

/** Both kinds under one API group. */
type ServedResources<T extends ServiceObject, C extends ServiceObject> = Pick<
  ProviderDefinition<T, C, never>,
  "resource" | "configResource"
> & {
  /** The group is an earlier one, whose CRDs an operator may have taken away. */
  readonly isOptional: boolean;
};

/** The kinds of a provider under each API group that it serves, the present group first. */
export function servedResources<T extends ServiceObject, C extends ServiceObject>({
  resource,
  configResource,
  earlier = [],
}: Pick<ProviderDefinition<T, C, never>, "resource" | "configResource" | "earlier">): readonly ServedResources<T, C>[] {
  return [{ resource, configResource, isOptional: false }, ...earlier.map((kinds) => ({ ...kinds, isOptional: true }))];
}

/** Returns the controllers of a provider: its `controller`, then the API groups in whose names it requests access. */
export function controllersOf({
  resource,
  earlier = [],
  controller = resource.group,
}: Pick<ProviderDefinition<ServiceObject, ServiceObject, never>, "resource" | "earlier" | "controller">): Controllers {
  const groups = [resource, ...earlier.map((kinds) => kinds.resource)].map(({ group }) => group);
  return [controller, ...groups.filter((group) => group !== controller)];
}

/** How a ProviderConfig is read. */
export type SettingsReader<C extends ServiceObject, S> = {
  /** Throws a StalledError that names field, finding and expectation. */
  readonly read: (config: C) => S;
  /** Names of the Secrets in the provider's namespace that the settings refer to. */
  readonly secretsOf?: (settings: S) => ReadonlySet<string>;
  /** The same for ConfigMaps. */
  readonly configMapsOf?: (settings: S) => ReadonlySet<string>;
  /** How often every object is looked at although nothing has changed. Default: each minute. */
  readonly pollIntervalMs?: (settings: S) => number;
  /** An object beside the ProviderConfig that the settings are completed with. */
  readonly supplement?: Supplement<C, S>;
  /** What the status of the ProviderConfig says about the settings in force. Default: nothing. */
  readonly describe?: (settings: S) => Description;
};

/** A part of the settings that is read from an object of another kind in the provider's namespace. */
export type Supplement<C extends ServiceObject, S> = {
  /** Its CRD may be missing. */
  readonly resource: Resource;
  /** Returns what is kept of such an object in memory. */
  readonly project: (object: KubeObject) => KubeObject;
  /** Name of the object; undefined for settings that need none. */
  readonly nameOf: (settings: S) => string | undefined;
  /**
   * Returns the settings with what the object says; where it says nothing, with what `last` says: `settings` are those
   * that were completed last, and in a new process `config` has a status from before. Names no further objects. Pure.
   */
  readonly complete: (settings: S, sighting: Sighting<KubeObject>, last: LastSettings<C, S>) => Completed<S>;
};

/** What is known from before. */
export type LastSettings<C, S> = { readonly config: C; readonly settings?: S };

/** An object as it is known at this moment. */
export type Sighting<O> = { readonly namespace: string } & (
  | { readonly state: "present"; readonly object: O }
  | { readonly state: "absent" }
  /** The API server does not answer, or refuses to tell; `why` has its words. */
  | { readonly state: "unreadable"; readonly why: string }
);

/** Settings that are completed. */
export type Completed<S> = {
  readonly settings: S;
  /** Another one whenever the settings are completed with something else. */
  readonly digest: string;
  /** What is wrong, although the settings are in force. */
  readonly problem?: Note & { readonly state: "waiting" | "failed" };
};

/** What settings mean, for whoever reads the ProviderConfig. */
export type Description = {
  /** Fields of the status. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Short sentences for the condition `Accepted`. */
  readonly remarks: readonly string[];
};

/** A reason and a message of the condition `Accepted`. */
export type Note = { readonly reason: string; readonly message: string };

/** What a provider does for one object. */
export type Actions<T extends ServiceObject> = Pick<Service<T>, "ensure" | "remove"> &
  Partial<Pick<Service<T>, "known" | "forget">> & {
    /**
     * Returns what `ensure` depends on for an object that is Ready, beside the object, the settings, the shard key, and
     * the objects that are followed in the tenant's namespace: values that are compared one by one. `undefined` while
     * anything is due, or depends on a cluster of the tenant. `namespace` is that of the tenant. Costs little.
     *
     * A pass that has found nothing to do is not repeated as long as all of it is the same. Default: each pass is made.
     */
    readonly basis?: (object: T, namespace: string) => Basis | undefined;
    /**
     * Whether a pass over an object that is Ready leaves something to do for which no change has to come: because the time
     * for it does, or because an object passes through a state that its `reading` leaves out. Such a pass does not count
     * as one that has found nothing to do. Default: never.
     */
    readonly isPassing?: (object: T) => boolean;
    /** When the first of the tokens for tenants' clusters expires, for the metrics. Default: that is not known. */
    readonly tokenExpiresAtMs?: () => number | undefined;
  };

/** What a provider works with. */
export type Frame<S> = {
  readonly platform: KubeClient;
  /** Manager of the fields that the provider applies. */
  readonly fieldManager: string;
  /** Every ClusterRequest of the platform. */
  readonly clusterRequests: Store<ClusterRequest>;
  /** The AccessRequests with the provider's label. */
  readonly accessRequests: Store<AccessRequest>;
  /**
   * Follows further objects of the platform's tenant namespaces: those with the provider's label, or those of one name.
   * A change of what passes read of them wakes the tenant of its namespace.
   */
  readonly watch: <O extends KubeObject>(
    resource: Resource<O>,
    selection: "managed" | { readonly name: string },
    readings?: Readings<O>,
  ) => Store<O>;
  /** Follows the objects of an API group on single control planes on demand. A change wakes the tenant. */
  readonly watchControlPlanes: (group: string) => ControlPlaneWatches;
  /** The settings in force with what they refer to, as they are at this moment, or why there are none. */
  readonly settings: () => Reading<S>;
  readonly targets: Targets;
  /** The shard key of the tenant of an object, if the tenant has one: a label for Flux's objects. */
  readonly shardKeyOf: (object: ServiceObject) => string | undefined;
  /** Access to the control planes of tenants, with the given rights. */
  readonly controlPlanes: (rights: TokenAccess) => ControlPlanes;
  readonly clock: Clock;
  readonly log: Log;
};

/** What passes read of the objects of a kind, as JSON. */
export type Readings<O extends KubeObject> = {
  /** Default: everything but the version. */
  readonly always?: (object: O) => unknown;
  /** What passes over a tenant that is Ready read. Default: everything. */
  readonly whenReady?: (object: O) => unknown;
};

/** Access to the control planes of tenants. `object` is the user's object: its control plane has the same name. */
export type ControlPlanes = {
  /**
   * Requests access once the platform has the control plane's ClusterRequest, and reports as `AccessReady` how it is.
   * Access that somebody has deleted is requested anew.
   */
  request(object: ServiceObject, pass: Pass): Promise<Report>;
  /**
   * Does `work` on the control plane. Other passes get the slot of this one meanwhile.
   *
   * Throws a WaitingError when there is no access, and when the control plane does not answer or cannot be reached.
   */
  visit<R>(object: ServiceObject, pass: Pass, work: (controlPlane: ControlPlane) => Promise<R>): Promise<R>;
  /**
   * Clears the control plane, then gives the access back. Returns what is waited for, and nothing when all is gone.
   *
   * `clear` deletes what the provider has made and says what is left, if anything is. A control plane that is gone is
   * not visited; access that is missing is requested first.
   */
  remove(
    object: ServiceObject,
    pass: Pass,
    clear: (controlPlane: ControlPlane) => Promise<Report | undefined>,
  ): Promise<Report | undefined>;
};

/** A tenant's control plane during a visit. */
export type ControlPlane = {
  readonly client: KubeClient;
  /** Ends with the visit. */
  readonly signal: AbortSignal;
  /**
   * Makes an object as desired, with the provider's label, and writes only where it is not.
   *
   * Throws a ForeignObjectError for one that the provider has not made, and a WaitingError for one that is being deleted.
   */
  apply<O extends KubeObject>(resource: Resource<O>, desired: O): Promise<void>;
  /** Deletes an object that the provider has made. Returns whether it is gone; one of somebody else counts as gone. */
  deleteIfExists<O extends KubeObject>(resource: Resource<O>, ref: ObjectRef): Promise<boolean>;
};

/** The operator's settings, or why there are none. */
export type Reading<S> = SettingsInForce<S> | { readonly blocker: SettingsBlocker };

/** Why there are no settings. */
export type SettingsBlocker = {
  readonly state: "waiting" | "failed";
  readonly reason: "ProviderConfigNotFound" | "InvalidProviderConfig" | "ReferenceUnreadable";
  readonly message: string;
};

/** Settings that are in force, and the objects that they refer to. */
export type SettingsInForce<S> = {
  readonly settings: S;
  /** Another one whenever the operator has changed something, the content of a Secret included. */
  readonly revision: string;
  readonly operator: OperatorObjects;
};

/** The operator's objects in the provider's namespace, as they were at one moment. Those that no setting names are unknown. */
export type OperatorObjects = {
  readonly namespace: string;
  readonly secret: (name: string) => Look<Secret>;
  readonly configMap: (name: string) => Look<ConfigMap>;
};

/** The clusters of tenants, as far as a pass asks them something. */
export type Targets = {
  /**
   * Does `work` with a client for the kubeconfig in `secret`, until the signal that it is given ends. Other passes get
   * the slot of this one meanwhile.
   *
   * Throws a SilentClusterError when there is no answer.
   */
  visit<R>(
    secret: ObjectRef,
    pass: { readonly force: boolean; readonly signal: AbortSignal },
    work: (client: KubeClient, signal: AbortSignal) => Promise<R>,
  ): Promise<R>;
};

/** Serves the objects of a provider until the signal in `deps` is aborted. */
export type RunController = <T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  deps: ControllerDeps,
) => Promise<void>;

/** What the controllers of a provider are given by the process that they run in. */
export type ControllerDeps = {
  readonly platform: KubeClient;
  readonly onboarding: KubeClient;
  readonly tenantClusters: TenantClusters;
  /** Name of the ProviderConfig that counts. */
  readonly providerName: string;
  /** Namespace of the operator's secrets. */
  readonly podNamespace: string;
  /** Selects the objects that this process serves. Default: all of them. */
  readonly watchSelector?: LabelSelector | undefined;
  /** Resolves when this process shall do what is done once for all tenants. Default: it does so from the beginning. */
  readonly onDuty?: Promise<void> | undefined;
  /**
   * Lists the Leases of the processes that share the tenants. Default: nobody says whether each tenant has one that
   * serves it.
   */
  readonly listLeases?: ListLeases | undefined;
  /** Whether the API server of the onboarding cluster shall refuse what the provider would refuse. */
  readonly hasAdmission: boolean;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly events: EventRecorder;
  /** Follows passes. Default: nobody does. */
  readonly tracer?: Tracer | undefined;
  /**
   * Calls `listener` for each exchange with an API server until the returned function is called. The label of the
   * cluster is `host`. Default: as many passes run at a time, however slow the servers are.
   */
  readonly onRequest?: (listener: (report: RequestReport) => void) => () => void;
  /** Told what a controller and its queue do. */
  readonly observe: (name: string) => { readonly queue?: QueueObserver; readonly controller?: ControllerObserver };
  /** Told of what becomes of the installations. */
  readonly observeTenants?: TenantObserver;
  /** Told of each sign of life of a cluster. */
  readonly onContact: (cluster: "platform" | "onboarding") => void;
  /** Called once every cache is filled. */
  readonly onSynced: () => void;
  readonly signal: AbortSignal;
  /** How long running reconciles may take to finish after `signal` was aborted. */
  readonly drainMs: number;
};

/** What the checks of a provider work with. All of it only reads. */
export type CheckDeps<S> = {
  readonly platform: KubeClient;
  /** Namespace of the provider's own objects on the platform. */
  readonly namespace: string;
  /** Selects the objects that the provider has made on the platform. */
  readonly labelSelector: string;
  /** The settings as `run` would read them at this moment; undefined where they cannot be in force. */
  readonly inForce: SettingsInForce<S> | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** A look at something that only one provider depends on. */
export type ProviderCheck<S> = {
  readonly name: string;
  readonly look: (deps: CheckDeps<S>) => Promise<readonly NamelessFinding[]>;
};

/** What `doctor` knows of a provider besides what is the same for each provider. */
export type Diagnosis<S> = {
  /** Kinds whose objects the provider writes for tenants on the platform cluster. */
  readonly kinds: readonly Resource[];
  /** Loads the checks that only this provider has. Default: there are none. */
  readonly loadChecks?: () => Promise<readonly ProviderCheck<S>[]>;
};
