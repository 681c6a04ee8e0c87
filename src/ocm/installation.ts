import type { KubeObject } from "../kube/object.ts";
import type { Outcome } from "../openmcp/conclude.ts";
import type { Pass, Service } from "../openmcp/service-reconciler.ts";
import type { TenantTarget } from "../openmcp/tenant-access.ts";
import type { OCM } from "./api/objects.ts";
import { ocms } from "./api/objects.ts";
import { OCM_GROUP } from "./api/group.ts";
import type { Refusals } from "./refusal.ts";
import type { ConfigSource } from "./config-source.ts";
import { isOrdered, observe } from "./observed.ts";
import { planInstallation, type ConfigReading, type Plan } from "./plan.ts";
import { requestAccess } from "./request-access.ts";
import type { RemovalDeps } from "./removal/removal-actions.ts";
import { removeInstallation } from "./removal/remove-installation.ts";
import type { AccessRefusal, Situation } from "./summarize.ts";
import { summarizeSurely } from "./summarize-surely.ts";
import { applyTakingOver } from "./takeover/apply-taking-over.ts";
import { refuseSharedCluster } from "./target/cluster-share.ts";
import { installedTarget } from "./target/installed-target.ts";
import { tenantObjectsOf, type TenantObjects } from "./tenant-objects.ts";

/** What the installation service works with. */
export type InstallationDeps = RemovalDeps & {
  readonly config: ConfigSource;
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

/** Request access, observe, plan, apply, look again, say how far it is. */
async function ensureInstallation(deps: InstallationDeps, ocm: OCM, pass: Pass): Promise<Outcome> {
  const { platform, config } = deps;
  const reading = config.read();
  const wanted = "config" in reading ? reading.config.target : undefined;
  const target = installedTarget(ocm.metadata, platform.stores) ?? wanted;
  const objects = tenantObjectsOf(ocm.metadata, target);
  const accessRefusal =
    target === undefined ? waitForSettings(reading) : await requestAccess(objects, { platform, pass });
  const planned = planInstallation(ocm, objects, { observed: observe(platform.stores, objects), reading });
  const plan = isOrdered(objects, platform.stores) ? planned : planWithoutControlPlane(planned);
  const pollIntervalMs = recheckAfterMs(reading);
  const refusals = await applyAll(deps, plan, { objects, pass, recheckAfterMs: pollIntervalMs });
  const situation: Situation = {
    ocm,
    plan,
    accessRefusal,
    refusals,
    observed: observe(platform.stores, objects),
    target: objects.target,
    isMoveWanted: wanted !== undefined && wanted !== target,
    secretsOnTarget: deps.toolkitSecrets.known(ocm, objects),
    pollIntervalMs,
  };
  return summarizeSurely(situation, { platform, objects, pass });
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
