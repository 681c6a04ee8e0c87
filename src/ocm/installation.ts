import type { KubeObject } from "../kube/object.ts";
import type { Outcome } from "../openmcp/service/status.ts";
import type { Known, Pass, Service } from "../openmcp/service/reconciler.ts";
import type { TenantTarget } from "../openmcp/platform/tenant-access.ts";
import { type OCM, ocms } from "./api/objects.ts";
import { OCM_GROUP } from "./api/group.ts";
import type { Refusals } from "./refusal.ts";
import type { ConfigSource } from "./config-source.ts";
import { isOrdered, observe } from "./observed.ts";
import type { Platform } from "./platform.ts";
import { planInstallation, type ConfigReading, type Plan } from "./plan.ts";
import { requestAccess } from "./request-access.ts";
import type { KubeconfigReviews } from "./target/kubeconfig-reviews.ts";
import type { RemovalDeps } from "./removal/removal-actions.ts";
import { removeInstallation } from "./removal/remove-installation.ts";
import { summarizeKnown, type AccessRefusal, type Situation } from "./summarize.ts";
import { summarizeSurely } from "./summarize-surely.ts";
import { applyTakingOver } from "./takeover/apply-taking-over.ts";
import { refuseSharedCluster } from "./target/cluster-share.ts";
import { installedTarget } from "./target/installed-target.ts";
import { tenantObjectsOf, type TenantObjects } from "./tenant-objects.ts";

/** What the installation service works with. */
export type InstallationDeps = RemovalDeps & {
  readonly config: ConfigSource;
  readonly kubeconfigReviews: KubeconfigReviews;
  problemsOf(object: KubeObject): readonly string[];
  /** Lets go of everything that is held for the OCM object of this key. */
  forget(key: string): void;
};

/** How often an object is looked at again while no ProviderConfig says otherwise. */
const DEFAULT_RECHECK_MS = 60_000;

/** The service this provider offers: the OCM K8s Toolkit on the control plane of each OCM object. */
export function installationService(deps: InstallationDeps): Service<OCM> {
  return {
    resource: ocms,
    finalizer: `${OCM_GROUP}/finalizer`,
    problemsOf: (object) => deps.problemsOf(object),
    forget: (key) => deps.forget(key),
    ensure: (ocm, pass) => ensureInstallation(deps, ocm, pass),
    remove: (ocm, pass) => removeFromAll(deps, ocm, pass),
    known: (ocm) => knownOf(deps, ocm),
  };
}

/**
 * Takes down what is on the target, then what is of the control plane: an answer may have been lost before the settings
 * named another target. A removal from the control plane ends with a look for requests of a workload cluster.
 */
async function removeFromAll(deps: InstallationDeps, ocm: OCM, pass: Pass): Promise<Outcome | "removed"> {
  const afterMs = recheckAfterMs(deps.config.read());
  const removeFrom = (target: TenantTarget): Promise<Outcome | "removed"> => {
    const objects = tenantObjectsOf(ocm.metadata, target);
    return removeInstallation({ ...deps, ocm, objects, pass }, afterMs);
  };
  const target = installedTarget(ocm.metadata, deps.platform.stores) ?? "mcp";
  const outcome = await removeFrom(target);
  return outcome === "removed" && target !== "mcp" ? removeFrom("mcp") : outcome;
}

function knownOf(deps: InstallationDeps, ocm: OCM): Known {
  const reading = deps.config.read();
  const place = findPlace(ocm, deps.platform, reading);
  const accessRefusal = place.target === undefined ? waitForSettings(reading) : undefined;
  const { reports, details } = summarizeKnown({ ...lookAround(deps, ocm, place), accessRefusal });
  const isStaying = ocm.metadata.deletionTimestamp === undefined;
  return { reports, details: isStaying ? details : { resources: details["resources"] } };
}

/** Request access, observe, plan, apply, look again, say how far it is. */
async function ensureInstallation(deps: InstallationDeps, ocm: OCM, pass: Pass): Promise<Outcome> {
  const { platform, config } = deps;
  const reading = config.read();
  const place = findPlace(ocm, platform, reading);
  const { target, objects } = place;
  const accessRefusal =
    target === undefined ? waitForSettings(reading) : await requestAccess(objects, { platform, pass });
  const planned = planInstallation(ocm, objects, { observed: observe(platform.stores, objects), reading });
  const plan = isOrdered(objects, platform.stores) ? planned : planWithoutControlPlane(planned);
  const refusals = await applyAll(deps, plan, { objects, pass, recheckAfterMs: place.pollIntervalMs });
  await deps.kubeconfigReviews.look(ocm, { objects, pass, recheckAfterMs: place.pollIntervalMs });
  const situation = { ...lookAround(deps, ocm, place), plan, accessRefusal, refusals };
  return summarizeSurely(situation, { platform, objects, pass });
}

/** Where an installation is, or shall be: on no cluster while there are no settings that name one. */
type Place = {
  readonly target: TenantTarget | undefined;
  readonly isMoveWanted: boolean;
  readonly pollIntervalMs: number;
  readonly objects: TenantObjects;
};

function findPlace({ metadata }: OCM, { stores }: Platform, reading: ConfigReading): Place {
  const wanted = "config" in reading ? reading.config.target : undefined;
  const target = installedTarget(metadata, stores) ?? wanted;
  const isMoveWanted = wanted !== undefined && wanted !== target;
  return { target, isMoveWanted, pollIntervalMs: recheckAfterMs(reading), objects: tenantObjectsOf(metadata, target) };
}

function lookAround(
  { platform, toolkitSecrets, kubeconfigReviews }: InstallationDeps,
  ocm: OCM,
  { objects, isMoveWanted, pollIntervalMs }: Place,
): Omit<Situation, "plan" | "accessRefusal" | "refusals"> {
  return {
    ocm,
    kubeconfig: kubeconfigReviews.known(objects),
    observed: observe(platform.stores, objects),
    target: objects.target,
    isMoveWanted,
    secretsOnTarget: toolkitSecrets.known(ocm, objects),
    pollIntervalMs,
  };
}

// What stands in the way beside the control plane is told all the same.
function planWithoutControlPlane({ hindrance, kept }: Plan): Plan {
  const reason = "WaitingForControlPlane";
  const message = "the chart is fetched when the platform has the control plane";
  return kept === undefined ? { hindrance: hindrance ?? { state: "waiting", reason, message } } : { kept };
}

// Access to the wrong cluster would be the beginning of an installation there.
function waitForSettings(reading: ConfigReading): AccessRefusal | undefined {
  return "hindrance" in reading
    ? { state: "waiting", reason: "AccessPending", message: reading.hindrance.message }
    : undefined;
}

/** The release comes last: its pods need what the keeper writes, and its values what the chart's source fetches. */
async function applyAll(
  { platform, leftovers, toolkitSecrets }: InstallationDeps,
  plan: Plan,
  task: { readonly objects: TenantObjects; readonly pass: Pass; readonly recheckAfterMs: number },
): Promise<Refusals> {
  const { objects, pass } = task;
  const on = { platform, leftovers, pass };
  const wait = refuseSharedCluster(objects, platform.stores) ?? (await toolkitSecrets.keep(plan, task));
  if (wait === undefined) {
    return applyTakingOver(plan, objects, on);
  }
  const { release: _later, ...first } = plan;
  return { ...(await applyTakingOver(first, objects, on)), release: wait };
}

/** How soon an object is looked at again although nothing has changed. */
export function recheckAfterMs(reading: ConfigReading): number {
  return "config" in reading ? reading.config.pollIntervalMs : DEFAULT_RECHECK_MS;
}
