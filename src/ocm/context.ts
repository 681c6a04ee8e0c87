import { type HelmRelease, helmReleases } from "../flux/helm-release.ts";
import { ociRepositories, type OCIRepository } from "../flux/oci-repository.ts";
import { isPullFailing } from "../flux/readiness.ts";
import type { Clock } from "../kube/clock.ts";
import { secrets, type Secret } from "../kube/core.ts";
import { isTerminating, type KubeObject } from "../kube/object.ts";
import { ForeignObjectError } from "../openmcp/platform/apply-object.ts";
import type { AccessRequest, ClusterRequest } from "../openmcp/platform/kinds.ts";
import { hash8 } from "../openmcp/platform/names.ts";
import { managedBy, type TenantTarget } from "../openmcp/platform/tenant-access.ts";
import type { ControlPlaneWatches } from "../openmcp/service/control-plane-watches.ts";
import type { Frame, Reading, Targets } from "../openmcp/service/definition.ts";
import type { KubeconfigReviews } from "../openmcp/service/kubeconfig-reviews.ts";
import { WaitingError } from "../runtime/errors.ts";
import { keyOf } from "../runtime/key.ts";
import { isSpecApplied } from "../runtime/managed-fields.ts";
import type { OCM } from "./api/objects.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { fluxShardOf } from "./flux-shard.ts";
import { planOf, type Plan } from "./plan.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import type { Retry } from "./retry.ts";
import type { Settings } from "./settings.ts";
import { installedTarget, ObservedState, type Platform, type PlatformStores, TARGETS } from "./state.ts";
import { LOOKUP_NAME, namesOf, type Names, tenantOf, TOOLKIT_NAME } from "./names.ts";
import { isAccessOf } from "../openmcp/service/observed-access.ts";
import { type Kind, TenantPass } from "../openmcp/service/tenant-pass.ts";

/** What all passes share for as long as the process runs. */
export type ReconcileDeps = {
  readonly platform: Platform;
  readonly leftovers: LeftoverStores;
  readonly targets: Targets;
  readonly shardKeyOf: Frame<Settings>["shardKeyOf"];
  readonly userObjectWatches: ControlPlaneWatches;
  readonly kubeconfigReviews: KubeconfigReviews<OCM, Names>;
  readonly targetLooks: TargetLooks;
  /** Keys of the OCM objects whose removal has looked at the target and left nothing there: it need not look again. */
  readonly clearedTargets: Set<string>;
  readonly clock: Clock;
};

/** The caches of objects under the names that the first versions of the Go provider chose, those of others included. */
export type LeftoverStores = {
  readonly releases: PlatformStores["helmReleases"];
  readonly sources: PlatformStores["ociRepositories"];
};

/** By key of the OCM object: the last look at the Secrets beside the toolkit's pods. */
export type TargetLooks = Map<
  string,
  {
    /** Of the Secrets that were wanted; undefined while others of ours remain. */
    readonly digest: string | undefined;
    readonly atMs: number;
    /** Names of the Secrets of ours that are there. */
    readonly names: readonly string[];
  }
>;

/** Objects on the platform by kind. */
export type Kinds = {
  /** Copies of the operator's Secrets. */
  readonly copies: Kind<Secret>;
  readonly sources: Kind<OCIRepository>;
  readonly lookups: Kind<OCIRepository>;
  readonly releases: Kind<HelmRelease>;
  /** Those under the names that the first versions of the Go provider chose. */
  readonly firstSources: Kind<OCIRepository>;
  readonly firstReleases: Kind<HelmRelease>;
};

/** What a removal has seen on its target. */
export type TargetLook = {
  /** Whether there is a Helm release that a HelmRelease of this tenant has made. */
  readonly isReleased: boolean;
  /** Whether there may be Secrets of ours beside the toolkit's pods. */
  readonly mayHaveOurs: boolean;
};

/** One part of an installation. */
export type Part<Type extends Blocked["type"] = Blocked["type"]> = {
  /** Brings the part to what the plan says, as far as possible now; says why it could not be written. */
  ensure(r: ReconcileContext): Promise<Blocked<Type> | undefined>;
  /** Takes the part down, as far as possible now; says what has to happen before those behind it may be taken down. */
  remove(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined>;
};

/** How often an object is looked at again while no settings say otherwise. */
const DEFAULT_RECHECK_MS = 60_000;

/** One pass over one OCM object: what it knows, and what it can do. The parts are handed nothing else. */
export class ReconcileContext extends TenantPass<Names> {
  readonly deps: ReconcileDeps;
  readonly ocm: OCM;
  /** Read once: no pass mixes two versions of the settings. */
  readonly reading: Reading<Settings>;
  /** The cluster of the installation; undefined while neither objects on the platform nor settings name one. */
  readonly target: TenantTarget | undefined;
  readonly kinds: Kinds;
  /** Why parts were not written in this pass. */
  readonly blocked: Blocked[] = [];
  /** What this pass has last seen on the target, when it has looked for a Helm release there. */
  targetLook: TargetLook | undefined;
  #plan: Plan | undefined;

  constructor(deps: ReconcileDeps, { ocm, reading, pass }: Pick<ReconcileContext, "ocm" | "reading" | "pass">) {
    const { client: platform, stores } = deps.platform;
    const wanted = "settings" in reading && !isTerminating(ocm) ? reading.settings.target : undefined;
    const tenant = tenantOf(ocm);
    const target = installedTarget(tenant, stores) ?? wanted;
    const names = namesOf(tenant, target);
    const release = stores.helmReleases.get(keyOf(names.toolkit));
    const source = stores.ociRepositories.get(keyOf(names.toolkit));
    const fluxShard = fluxShardOf(deps.shardKeyOf(ocm), { release, source, nowMs: deps.clock.now() });
    const on = { ...stores, platform, targets: deps.targets, fieldManager: FIELD_MANAGER };
    super(on, { ...names, ...(fluxShard !== undefined && { fluxShard }) }, pass);
    this.deps = deps;
    this.ocm = ocm;
    this.reading = reading;
    this.target = target;
    this.kinds = kindsOf(deps);
  }

  /** What the caches say at this moment, with the answers to our own writes. */
  get state(): ObservedState {
    return new ObservedState(this.deps.platform.stores, this.names);
  }

  /** What should lie on the clusters, decided when the first part asks for it. */
  get plan(): Plan {
    this.#plan ??= planOf(this.ocm, this.reading, { names: this.names, state: this.state });
    return this.#plan;
  }

  /** Whether Flux has failed since the plan was made, so that the next pass has it look for another tag. */
  get isLookupDue(): boolean {
    const { names, state } = this;
    const isNews = this.plan.lookup === undefined && state.lookup === undefined && isPullFailing(state.source);
    return isNews && planOf(this.ocm, this.reading, { names, state }).lookup !== undefined;
  }

  get recheckAfterMs(): number {
    return recheckAfterMs(this.reading);
  }

  /** What decides whether Flux fetches the chart again where it has failed. */
  get retry(): Retry {
    return { revision: "revision" in this.reading ? this.reading.revision : "", force: this.pass.force };
  }

  /** The same for the release, which also fails while its access is not what it was. */
  get releaseRetry(): Retry {
    const { revision, force } = this.retry;
    return { revision: hash8(revision, this.state.accessRequest?.metadata.uid ?? ""), force };
  }

  /**
   * Applies an object of Flux. `Ready` is taken back unless only annotations change, for which Flux does nothing, and not
   * at once when the object in place says the same about what is installed where: `isSame` tells. Default: it does not.
   */
  applyToFlux<T extends KubeObject>(kind: Kind<T>, desired: T, isSame?: (live: T) => boolean): Promise<void> {
    return this.apply(kind, desired, async () => {
      const live = kind.store.get(keyOf(desired));
      if (live === undefined || !isSpecApplied(live, desired, FIELD_MANAGER)) {
        await (live !== undefined && isSame?.(live) === true ? this.pass.dropReadySoon() : this.pass.dropReady());
      }
    });
  }

  /** Takes down why a part was not written. */
  report(blocked: Blocked | undefined): void {
    if (blocked !== undefined) {
      this.blocked.push(blocked);
    }
  }

  /** Whether a part that this condition tells of was not written. */
  isBlocked(condition: Blocked["type"]): boolean {
    return this.blocked.some(({ type }) => type === condition);
  }

  /**
   * Asks the server whether anything of ours is left on the platform, and has the caches know what was found.
   *
   * The creation of an object may not have been answered, and the watches may lag.
   */
  async isAnythingLeft(): Promise<boolean> {
    const { kinds, names } = this;
    const ours = managedBy([names.tenant.controller]);
    const [release, sources, copies, accesses, clusters] = await Promise.all([
      this.find(kinds.releases, names.toolkit),
      this.list(kinds.sources),
      this.list(kinds.copies, ours),
      this.list(this.accessRequests, managedBy(names.tenant.requesters ?? [names.tenant.controller])),
      this.list(this.clusterRequests, ours),
    ]);
    const perTarget = TARGETS.map((target) => namesOf(names.tenant, target));
    const isOfTenant = (object: KubeObject): boolean =>
      perTarget.some((one) => this.onlyOurs(object, one) !== undefined);
    const isAccess = (request: AccessRequest): boolean =>
      perTarget.some((one) => isAccessOf(one, request, FIELD_MANAGER));
    const isCluster = (request: ClusterRequest): boolean =>
      isOfTenant(request) && perTarget.some(({ clusterRequest }) => clusterRequest.name === request.metadata.name);
    const learn = <T extends KubeObject>(
      { store }: Kind<T>,
      found: readonly (T | undefined)[],
      isMeant: (object: T) => boolean = isOfTenant,
    ): boolean => {
      const left = found.filter((object) => object !== undefined).filter(isMeant);
      left.forEach((object) => store.written(object));
      return left.length > 0;
    };
    return [
      learn(kinds.releases, [release]),
      learn(kinds.sources, named(sources, TOOLKIT_NAME)),
      learn(kinds.lookups, named(sources, LOOKUP_NAME)),
      learn(kinds.copies, copies),
      learn(this.accessRequests, accesses, isAccess),
      learn(this.clusterRequests, clusters, isCluster),
    ].some(Boolean);
  }
}

function named<T extends KubeObject>(objects: readonly T[], name: string): readonly T[] {
  return objects.filter(({ metadata }) => metadata.name === name);
}

/** How soon an object is looked at again although nothing has changed. */
export function recheckAfterMs(reading: Reading<Settings>): number {
  return "settings" in reading ? reading.settings.pollIntervalMs : DEFAULT_RECHECK_MS;
}

type Refusal<Type> = {
  readonly type: Type;
  readonly state: "waiting" | "failed";
  readonly reason: "ForeignObject" | "BeingDeleted";
  readonly message: string;
};

/** Does something, and says why an object could not be written where it belongs, if that is so. */
export async function refusalOf<Type extends Blocked["type"]>(
  type: Type,
  act: () => Promise<void>,
): Promise<Refusal<Type> | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof ForeignObjectError) {
      return { type, state: "failed", reason: "ForeignObject", message: error.message };
    }
    if (error instanceof WaitingError) {
      return { type, state: "waiting", reason: "BeingDeleted", message: error.message };
    }
    throw error;
  }
}

// The caches of the Flux objects are filtered by name, that of the copies by our label.
function kindsOf({ platform: { stores }, leftovers }: ReconcileDeps): Kinds {
  return {
    copies: { resource: secrets, store: stores.secretCopies },
    sources: { resource: ociRepositories, store: stores.ociRepositories },
    lookups: { resource: ociRepositories, store: stores.lookups },
    releases: { resource: helmReleases, store: stores.helmReleases },
    firstSources: { resource: ociRepositories, store: leftovers.sources },
    firstReleases: { resource: helmReleases, store: leftovers.releases },
  };
}
