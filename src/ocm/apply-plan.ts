import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import { readSource } from "../flux/readiness.ts";
import type { KubeClient } from "../kube/client.ts";
import { namespaces, secrets, type Secret } from "../kube/core.ts";
import { AlreadyExistsError, NotFoundError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { accessRequests } from "../openmcp/access-request.ts";
import { clusterRequests } from "../openmcp/cluster-request.ts";
import { applyObject, type Applying, ForeignObjectError } from "../openmcp/apply-object.ts";
import type { Pass } from "../openmcp/service-reconciler.ts";
import { mcpAccessRequest, workloadAccessRequest, workloadClusterRequest } from "../openmcp/tenant-access.ts";
import { WaitingError } from "../runtime/errors.ts";
import { keyOf } from "../runtime/key.ts";
import type { Store } from "../runtime/store.ts";
import { deleteIfThere } from "./delete-object.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { observe, type Observed, onlyOurs, type PlatformStores } from "./observed.ts";
import type { Hindrance, Plan } from "./plan.ts";
import type { ReasonOf } from "./reasons.ts";
import { markWish } from "./retry/inputs-mark.ts";
import { retryGivenUp } from "./retry/retry-given-up.ts";
import type { TenantObjects } from "./tenant-objects.ts";

/** The platform cluster: its API and what is cached of it. */
export type Platform = { readonly client: KubeClient; readonly stores: PlatformStores };

/** Why an object cannot be written where it belongs. */
export type Refusal = Hindrance<"ForeignObject" | "BeingDeleted">;

/** The parts of a plan that could not be written, and why. */
export type Refusals = { readonly chart?: Refusal; readonly release?: Hindrance<ReasonOf<"ReleaseReady">> };

/**
 * Writes what a plan says and the platform does not have yet.
 *
 * A foreign object in the way stops the part it stands for. In the place of the chart it stops the release too, which
 * would install whatever lies there.
 */
export async function applyPlan(
  plan: Plan,
  objects: TenantObjects,
  on: { platform: Platform; pass: Pass },
): Promise<Refusals> {
  const { platform, pass } = on;
  const apply = applierOf(platform, pass);
  // Their caches are filtered by name, not by label.
  const toolkitObject = { seesAll: true, beforeWrite: pass.dropReady };
  const chart = await refusalOf(async () => {
    for (const copy of copiesOf(plan)) {
      await removeUnlikeCopy(copy, objects, on);
      await apply(secrets, platform.stores.secretCopies, copy);
    }
    await apply(ociRepositories, platform.stores.ociRepositories, plan.source, toolkitObject);
  });
  if (chart !== undefined) {
    return { chart };
  }
  const observed = observe(platform.stores, objects);
  const wanted = plan.release && markWish(plan.release, observed.release, pass);
  const desired = isChartOnItsWay(observed) ? undefined : wanted;
  const release = await refusalOf(async () => {
    // Nobody wishes twice: Flux hears of it at once, even if the chart has it wait.
    await retryGivenUp(pass.force ? wanted : desired, objects, on);
    await apply(helmReleases, platform.stores.helmReleases, desired, toolkitObject);
  });
  if (plan.source !== undefined) {
    await removeObsoleteCopies(plan, objects, on);
  }
  return release === undefined ? {} : { release };
}

// A release that is changed while its chart is not ready is looked at by Flux only half a minute later, unless the
// chart's content changes. A new one waits for its chart anyway.
function isChartOnItsWay({ release, source }: Observed): boolean {
  return release !== undefined && readSource(source).state === "progressing";
}

/**
 * Applies the AccessRequest, after the ClusterRequest of a workload cluster, and creates the tenant namespace when the
 * platform has not done so yet.
 */
export async function applyAccessRequest(
  objects: TenantObjects,
  on: { platform: Platform; pass: Pass },
): Promise<void> {
  const apply = applierOf(on.platform, on.pass);
  const { stores } = on.platform;
  const applyIt = async (): Promise<void> => {
    if (objects.target === "mcp") {
      return apply(accessRequests, stores.accessRequests, mcpAccessRequest(objects.tenant));
    }
    await apply(clusterRequests, stores.clusterRequests, workloadClusterRequest(objects.tenant), { seesAll: true });
    return apply(accessRequests, stores.accessRequests, workloadAccessRequest(objects.tenant));
  };
  try {
    await applyIt();
  } catch (error) {
    if (!(error instanceof NotFoundError)) {
      throw error;
    }
    await createNamespace(objects.namespace, on);
    await applyIt();
  }
}

type Apply = <T extends KubeObject>(
  resource: Resource<T>,
  store: Store<T>,
  desired: T | undefined,
  options?: Pick<Applying<T>, "seesAll" | "beforeWrite">,
) => Promise<void>;

function applierOf({ client }: Platform, { force, signal }: Pass): Apply {
  return async (resource, store, desired, options) => {
    if (desired !== undefined) {
      await applyObject(desired, { ...options, client, resource, store, fieldManager: FIELD_MANAGER, force, signal });
    }
  };
}

async function createNamespace(name: string, { platform, pass }: { platform: Platform; pass: Pass }): Promise<void> {
  try {
    await platform.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, pass.signal);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) {
      throw error;
    }
  }
}

function copiesOf({ pullSecret, trust }: Plan): readonly Secret[] {
  return [...(pullSecret === undefined ? [] : [pullSecret]), ...(trust?.chart.copies ?? [])];
}

// The type of a Secret cannot be changed: a copy of another type has to go first.
async function removeUnlikeCopy(
  wanted: Secret,
  objects: TenantObjects,
  { platform, pass }: { platform: Platform; pass: Pass },
): Promise<void> {
  const copy = onlyOurs(platform.stores.secretCopies.get(keyOf(wanted)), objects);
  if (copy !== undefined && copy.type !== wanted.type) {
    await deleteIfThere(platform.client, secrets, copy, pass.signal);
  }
}

async function removeObsoleteCopies(
  plan: Plan,
  objects: TenantObjects,
  { platform, pass }: { platform: Platform; pass: Pass },
): Promise<void> {
  const wanted = new Set(copiesOf(plan).map(({ metadata }) => metadata.name));
  for (const copy of platform.stores.secretCopies.inNamespace(objects.namespace)) {
    if (!wanted.has(copy.metadata.name) && onlyOurs(copy, objects) !== undefined) {
      await deleteIfThere(platform.client, secrets, copy, pass.signal);
    }
  }
}

/** Does something and says why an object could not be written where it belongs, if that is so. */
export async function refusalOf(act: () => Promise<void>): Promise<Refusal | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof ForeignObjectError) {
      return { state: "failed", reason: "ForeignObject", message: error.message };
    }
    if (error instanceof WaitingError) {
      return { state: "waiting", reason: "BeingDeleted", message: error.message };
    }
    throw error;
  }
}
