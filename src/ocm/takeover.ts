import { type HelmRelease, isSuspendedBy } from "../flux/helm-release.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import { readSource } from "../flux/readiness.ts";
import { secrets } from "../kube/core.ts";
import { isTerminating, type KubeObject } from "../kube/object.ts";
import { isOnlyOurs, isPredecessors } from "../openmcp/platform/ownership.ts";
import { DOCKER_CONFIG_TYPE } from "../openmcp/service/operator-objects.ts";
import { keyOf } from "../runtime/key.ts";
import { chart, markInstalled } from "./chart.ts";
import type { Part, ReconcileContext } from "./context.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import { release, removeRelease, uninstall } from "./release.ts";
import { FIRST_RELEASE_NAME, FIRST_SOURCE_NAME, RELEASE_NAME, RELEASE_NAMESPACE, namesOf } from "./names.ts";

type Removal = Blocker<ReasonOf<"Removed">> | undefined;
type Result = Blocked<"ReleaseReady"> | undefined;

/** The chart of a tenant for whom the Go provider has made an OCIRepository: it copied the pull secret without labels. */
export const chartOfPredecessor: Part = {
  ...chart,

  async ensure(r: ReconcileContext): Promise<Blocked<"ChartReady"> | undefined> {
    if (r.plan.source !== undefined && !r.isBlocked("ChartReady")) {
      await removeForgottenCopy(r, r.state.source, new Set(r.plan.copies.map(({ metadata }) => metadata.name)));
    }
    const blocked = await chart.ensure(r);
    if (leftoversOf(r).release !== undefined) {
      // The release is there already, whoever deletes its HelmRelease before the new one can follow.
      await markInstalled(r);
    }
    return blocked;
  },

  async remove(r: ReconcileContext): Promise<Removal> {
    await removeForgottenCopy(r, r.state.source, new Set());
    await removeSource(r, leftoversOf(r).source);
    const blocker = await chart.remove(r);
    const message = "waiting for Flux to let go of the chart of an earlier provider";
    return blocker ?? (leftoversOf(r).source && { state: "waiting", reason: "RemovingChart", message });
  },
};

/** The release of such a tenant: the first versions of the Go provider had another HelmRelease for it. */
export const releaseOfPredecessor: Part = {
  ...release,

  async ensure(r: ReconcileContext): Promise<Result> {
    const { release: old, source } = leftoversOf(r);
    const blocker = old && (await handOver(r, old));
    if (blocker !== undefined) {
      return blocker;
    }
    const result = await release.ensure(r);
    await removeSource(r, source);
    if (hasWorkloadRequests(r)) {
      await r.removeRequests("workload");
    }
    return result;
  },

  async remove(r: ReconcileContext): Promise<Removal> {
    const { release: old, source } = leftoversOf(r);
    const blocker = old && (await uninstall(r, r.kinds.firstReleases, old));
    return blocker ?? removeRelease(r, source !== undefined);
  },
};

/** Whether the Go provider has left something of this tenant. */
export function hasLeftovers(r: ReconcileContext): boolean {
  const { release: old, source } = leftoversOf(r);
  const hasForgottenCopy = r.state.source !== undefined && isPredecessors(r.state.source, FIELD_MANAGER);
  return old !== undefined || source !== undefined || hasForgottenCopy || hasWorkloadRequests(r);
}

type Leftovers = { readonly release: HelmRelease | undefined; readonly source: OCIRepository | undefined };

// Objects of others under the first names are left out.
function leftoversOf({ names: { namespace }, kinds }: ReconcileContext): Leftovers {
  const old = kinds.firstReleases.store.get(keyOf({ namespace, name: FIRST_RELEASE_NAME }));
  const source = kinds.firstSources.store.get(keyOf({ namespace, name: FIRST_SOURCE_NAME }));
  return { release: old && isOfToolkit(old) ? onlyPredecessors(old) : undefined, source: onlyPredecessors(source) };
}

function onlyPredecessors<T extends KubeObject>(object: T | undefined): T | undefined {
  return object !== undefined && isPredecessors(object, FIELD_MANAGER) ? object : undefined;
}

// Only a release that Helm keeps under the same name in the same place can be taken over in place.
function isOfToolkit({ spec }: HelmRelease): boolean {
  return (
    spec?.releaseName === RELEASE_NAME &&
    spec.targetNamespace === RELEASE_NAMESPACE &&
    spec.storageNamespace === RELEASE_NAMESPACE
  );
}

// Where the toolkit is on a workload cluster, that is requested under the same names, and in use.
function hasWorkloadRequests(r: ReconcileContext): boolean {
  const workload = namesOf(r.names.tenant, "workload");
  const found = [
    r.accessRequests.store.get(keyOf(workload.accessRequest)),
    r.clusterRequests.store.get(keyOf(workload.clusterRequest)),
  ];
  return r.names.target === "mcp" && found.some((object) => r.onlyOurs<KubeObject>(object, workload) !== undefined);
}

/**
 * Moves the Helm release from its old HelmRelease to the new one without uninstalling it; says what the new one waits
 * for.
 *
 * Flux leaves the Helm release where it is when a suspended HelmRelease is deleted. From then on the OCIRepository tells
 * that the target has a Helm release, until the new HelmRelease is there.
 */
async function handOver(r: ReconcileContext, old: HelmRelease): Promise<Result> {
  const isBlocked = r.isBlocked("ChartReady") || r.isBlocked("ReleaseReady");
  const isPrepared = r.plan.release !== undefined && !isBlocked && readSource(r.state.source).state === "ready";
  const blocker = waitBeforeHandOver(old, isPrepared);
  if (blocker === undefined && !isTerminating(old)) {
    await markInstalled(r);
    await r.pass.dropReady();
    const kind = r.kinds.firstReleases;
    // Nobody may resume it between the two writes.
    const suspended = await r.patch(kind, old, { spec: { suspend: true }, onlyUnchanged: true });
    await r.delete(kind, suspended, { onlyUnchanged: true });
  }
  const message = "taking over the release of an earlier provider: waiting for Flux to let go of its HelmRelease";
  return blocker ?? { type: "ReleaseReady", state: "waiting", reason: "TakingOver", message };
}

/**
 * Says why the old HelmRelease of a tenant stays at work; undefined when it can be put away, or goes already. Pure.
 *
 * It stays until the new one can follow at once, and is gone before the new one is written: two of them would fight over
 * one Helm release. An old one that somebody else has suspended stays as it is.
 */
export function waitBeforeHandOver(old: HelmRelease, isPrepared: boolean): Result {
  if (isTerminating(old)) {
    return undefined;
  }
  if (old.spec?.suspend === true && !isSuspendedBy(old, FIELD_MANAGER)) {
    const message =
      "the HelmRelease of an earlier provider is suspended by the platform operator, and is taken over later";
    return { type: "ReleaseReady", state: "waiting", reason: "ReleaseSuspended", message };
  }
  const message = "the release of an earlier provider stays at work until chart and access are there";
  return isPrepared ? undefined : { type: "ReleaseReady", state: "waiting", reason: "TakingOver", message };
}

async function removeSource(r: ReconcileContext, source: OCIRepository | undefined): Promise<void> {
  if (source !== undefined && !isTerminating(source)) {
    await removeForgottenCopy(r, source, new Set());
    await r.delete(r.kinds.firstSources, source);
  }
}

/**
 * Removes the copy of a pull secret that the Go provider made for a chart source of its own, unless the copy is wanted,
 * or anybody else has ever written it.
 *
 * These copies bear no label, so only the source tells their name: this comes right before the source goes or changes.
 */
async function removeForgottenCopy(
  r: ReconcileContext,
  source: OCIRepository | undefined,
  wanted: ReadonlySet<string>,
): Promise<void> {
  const name = onlyPredecessors(source)?.spec?.secretRef?.name;
  if (name === undefined || wanted.has(name)) {
    return;
  }
  const copy = await r.find(r.kinds.copies, { namespace: r.names.namespace, name });
  if (copy?.type === DOCKER_CONFIG_TYPE && isOnlyOurs(copy, FIELD_MANAGER)) {
    // The cache does not know of objects without our label.
    await r.deps.platform.client.deleteIfExists(secrets, copy, { signal: r.pass.signal });
  }
}
