import { createHash } from "node:crypto";

import type { HelmRelease } from "../flux/helm-release.ts";
import { readRelease } from "../flux/readiness.ts";
import type { KubeClient } from "../kube/client.ts";
import { namespaces, secrets, type Secret } from "../kube/core.ts";
import { AlreadyExistsError, NotFoundError } from "../kube/errors.ts";
import { toJson } from "../kube/json.ts";
import { isTerminating, type ObjectRef } from "../kube/object.ts";
import { applyObject } from "../openmcp/platform/apply-object.ts";
import type { ClusterRequest } from "../openmcp/platform/kinds.ts";
import { isOurs, managedByLabel } from "../openmcp/platform/tenant-access.ts";
import { SilentClusterError } from "../openmcp/platform/tenant-clusters.ts";
import { keyOf } from "../runtime/key.ts";
import { Store } from "../runtime/store.ts";
import { regainAccess } from "./access.ts";
import type { OCM } from "./api/objects.ts";
import { markInstalled } from "./chart.ts";
import { type Part, type ReconcileContext, refusalOf } from "./context.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import { mayBeOnTarget } from "./release.ts";
import { isAttempted } from "./retry.ts";
import { isMarked, type PlatformStores } from "./state.ts";
import { RELEASE_NAMESPACE, type Names, TOOLKIT_NAME } from "./names.ts";
import { listOurs } from "./target-look.ts";

type Result = Blocked<"ReleaseReady"> | undefined;

const SILENCES = {
  mcp: "waiting for the control plane to answer: the provider cannot see what is on it",
  workload: "waiting for the workload cluster to answer: the provider cannot see what is on it",
} as const;

/** Secrets beside the toolkit's pods, on the cluster where these run. */
export const targetSecrets: Part = {
  /**
   * Writes the Secrets that the pods need, and removes those that they need no more.
   *
   * A tenant that needs none costs no request. For another one its cluster is asked when what is wanted has changed,
   * when somebody asks for a check, once after a start, and once in each poll interval.
   */
  async ensure(r: ReconcileContext): Promise<Result> {
    const { stores } = r.deps.platform;
    const sharers = sharersOf(r.names, stores);
    const shared = refuseSeen(sharers, stores) ?? (await refuseUnseen(r, sharers));
    const wanted = r.plan.targetSecrets;
    if (shared !== undefined || wanted === undefined) {
      return shared;
    }
    if ("blocker" in wanted) {
      return { type: "ReleaseReady", ...wanted.blocker };
    }
    const { secrets: desired, isComplete } = wanted;
    const release = isComplete ? r.plan.release : r.state.release;
    const isConcerned = desired.length > 0 || (isComplete && mayHaveMore(r));
    return release === undefined || !isConcerned ? undefined : keep(r, desired, { release, isComplete });
  },

  /** Deletes all Secrets of ours from the target, while the access still works. */
  async remove(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined> {
    if (!(await mayBeOnTarget(r))) {
      return undefined;
    }
    const blocker = await regainAccess(r);
    if (blocker === undefined) {
      // The look for a Helm release, earlier in this pass, has seen every Secret of the namespace.
      if (r.targetLook?.mayHaveOurs ?? true) {
        await r.visit(async (client, signal) => deleteAll(client, await listOurs(client, r.names, signal), signal));
      }
      r.deps.targetLooks.delete(keyOf(r.names.tenant));
      r.deps.clearedTargets.add(keyOf(r.names.tenant));
    }
    return blocker;
  },
};

/** What a tenant is told while nobody gets an answer from the cluster of an installation. */
export function silenceOf({ target }: Names): string {
  return SILENCES[target];
}

/** Names of the Secrets of ours on the target, as far as they are known without a request. */
export function knownSecrets(r: ReconcileContext): readonly string[] {
  const key = keyOf(r.names.tenant);
  // Somebody may delete the OCIRepository during a removal: until a look has been taken, the status goes on telling.
  const mayBe = isMarked(r.state) || (isTerminating(r.ocm) && !r.deps.clearedTargets.has(key));
  return mayBe ? (r.deps.targetLooks.get(key)?.names ?? secretsIn(r.ocm.status)) : [];
}

function secretsIn(status: OCM["status"]): readonly string[] {
  const there = (status?.resources ?? []).filter(({ location }) => location === "ManagedControlPlane");
  return there.filter(({ kind }) => kind === "Secret").map(({ name }) => name);
}

// The status names the Secrets on a control plane. It names none on a workload cluster: there a look is worth its
// price when somebody asks for a check.
function mayHaveMore(r: ReconcileContext): boolean {
  const isUnknown = r.names.target === "workload" && r.pass.force && !r.deps.targetLooks.has(keyOf(r.names.tenant));
  return knownSecrets(r).length > 0 || (isUnknown && isMarked(r.state));
}

type Needed = {
  readonly release: HelmRelease;
  /** Whether the Secrets that are desired are all of ours that are needed. */
  readonly isComplete: boolean;
};

async function keep(r: ReconcileContext, desired: readonly Secret[], needed: Needed): Promise<Result> {
  if (r.state.source === undefined || isTerminating(r.state.source)) {
    return { type: "ReleaseReady", state: "waiting", reason: "WaitingForChart", message: "waiting for the chart" };
  }
  await markInstalled(r);
  // A control plane that was made anew comes with a new access, and has none of them.
  const digest = digestOf([r.state.accessRequest?.metadata.uid, desired]);
  const last = r.deps.targetLooks.get(keyOf(r.names.tenant));
  const isSame = last?.digest === digest;
  const isFresh = isSame && r.deps.clock.now() - last.atMs < r.recheckAfterMs;
  if (r.kubeconfig === undefined || (isFresh && !r.pass.force)) {
    return undefined;
  }
  const looking = refusalOf("ReleaseReady", () => look(r, { desired, digest, ...needed }));
  return looking.catch((error: unknown) => {
    if (!(error instanceof SilentClusterError)) {
      throw error;
    }
    // They were there: that nobody can look at the moment makes no installation a worse one.
    return isSame ? undefined : unreachable(r.names);
  });
}

function unreachable(names: Names): Result {
  return { type: "ReleaseReady", state: "failed", reason: "ClusterUnreachable", message: silenceOf(names) };
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(toJson(value)).digest("hex");
}

type Looking = Needed & { readonly desired: readonly Secret[]; readonly digest: string };

async function look(r: ReconcileContext, { desired, digest, release, isComplete }: Looking): Promise<void> {
  const note = (names: readonly Secret[], isSettled: boolean): void =>
    void r.deps.targetLooks.set(keyOf(r.names.tenant), {
      digest: isSettled ? digest : undefined,
      atMs: r.deps.clock.now(),
      names: names.map(({ metadata }) => metadata.name).toSorted(),
    });
  await r.visit(async (client, signal) => {
    const found = await listOurs(client, r.names, signal);
    await writeAll(r, desired, { client, found, signal });
    const obsolete = found.filter(({ metadata: { name } }) => !desired.some((one) => one.metadata.name === name));
    note([...desired, ...obsolete], !isComplete || obsolete.length === 0);
    // While pods of the earlier release may still start, they need its Secrets.
    if (isComplete && obsolete.length > 0 && isReleaseDone(r, release)) {
      await deleteAll(client, obsolete, signal);
      note(desired, true);
    }
  });
}

function isReleaseDone({ state: { release: live, source } }: ReconcileContext, release: HelmRelease): boolean {
  return live !== undefined && isAttempted(live, release) && readRelease(live, source).state === "ready";
}

type OnTarget = { readonly client: KubeClient; readonly found: readonly Secret[]; readonly signal: AbortSignal };

async function writeAll(
  r: ReconcileContext,
  desired: readonly Secret[],
  { client, found, signal }: OnTarget,
): Promise<void> {
  const store = new Store<Secret>();
  found.forEach((secret) => store.set(secret));
  for (const secret of desired) {
    const live = store.get(keyOf(secret));
    // The type of a Secret cannot be changed.
    if (live !== undefined && live.type !== secret.type) {
      await client.deleteIfExists(secrets, live, { signal });
      store.remove(live);
    }
    const options = { client, resource: secrets, store, fieldManager: FIELD_MANAGER, force: r.pass.force, signal };
    await applyObject(secret, options).catch(async (error: unknown) => {
      if (!(error instanceof NotFoundError)) {
        throw error;
      }
      await createNamespace(client, signal);
      await applyObject(secret, options);
    });
  }
}

async function createNamespace(client: KubeClient, signal: AbortSignal): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: RELEASE_NAMESPACE } };
  try {
    await client.create(namespaces, namespace, signal);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) {
      throw error;
    }
  }
}

async function deleteAll(client: KubeClient, found: readonly Secret[], signal: AbortSignal): Promise<void> {
  for (const secret of found) {
    await client.deleteIfExists(secrets, secret, { signal });
  }
}

/**
 * Says why the toolkit cannot be installed on a workload cluster: another tenant's is there, or was there first. Pure.
 *
 * There is one toolkit on a cluster. Two releases would fight over its CRDs, and over each other's Helm release.
 */
export function refuseSharedCluster(
  names: Names,
  { clusterRequests, helmReleases }: PlatformStores,
): Blocked<"ReleaseReady"> | undefined {
  return refuseSeen(sharersOf(names, { clusterRequests, helmReleases }), { helmReleases });
}

function refuseSeen(
  { own, others }: Sharers,
  { helmReleases }: Pick<PlatformStores, "helmReleases">,
): Blocked<"ReleaseReady"> | undefined {
  const isTaken = others.some(
    (other) => helmReleases.get(keyOf(releaseOf(other))) !== undefined || ageOf(other) < ageOf(own),
  );
  return isTaken ? SHARED : undefined;
}

const SHARED: Blocked<"ReleaseReady"> = {
  type: "ReleaseReady",
  state: "failed",
  reason: "ClusterShared",
  message: "the platform has assigned a workload cluster that has the toolkit of another tenant already",
};

/** Asks the server for the releases of those who share the cluster: other processes may serve them. */
async function refuseUnseen(r: ReconcileContext, { others }: Sharers): Promise<Result> {
  for (const other of others) {
    if ((await r.find(r.kinds.releases, releaseOf(other))) !== undefined) {
      return SHARED;
    }
  }
  return undefined;
}

type Sharers = { readonly own: ClusterRequest | undefined; readonly others: readonly ClusterRequest[] };

/** The requests of other tenants that were given the workload cluster of one who has no release yet. */
function sharersOf(
  names: Names,
  { clusterRequests, helmReleases }: Pick<PlatformStores, "clusterRequests" | "helmReleases">,
): Sharers {
  const own = clusterRequests.get(keyOf(names.clusterRequest));
  if (names.target === "mcp" || own === undefined || helmReleases.get(keyOf(releaseOf(own))) !== undefined) {
    return { own, others: [] };
  }
  const ours = managedByLabel(names.tenant.controller);
  const isSharer = (other: ClusterRequest): boolean =>
    other !== own && isOurs(other, ours) && isSameCluster(own, other);
  return { own, others: clusterRequests.list().filter(isSharer) };
}

function releaseOf({ metadata: { namespace = "" } }: ClusterRequest): ObjectRef {
  return { namespace, name: TOOLKIT_NAME };
}

function isSameCluster({ status: one }: ClusterRequest, { status: other }: ClusterRequest): boolean {
  const [left, right] = [one?.cluster, other?.cluster];
  return left !== undefined && left.name === right?.name && left.namespace === right.namespace;
}

function ageOf(request: ClusterRequest | undefined): string {
  const { creationTimestamp = "", uid = "" } = request?.metadata ?? {};
  return `${creationTimestamp} ${uid}`;
}
