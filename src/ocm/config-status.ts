import type { Clock } from "../kube/clock.ts";
import type { KubeClient } from "../kube/client.ts";
import { concludeOutcome } from "../openmcp/conclude.ts";
import { consumeReconcile, requestedOperation } from "../openmcp/operation.ts";
import { recordTransitions } from "../openmcp/record-transitions.ts";
import { statusPatch } from "../openmcp/service-status.ts";
import type { Retry } from "../runtime/controller.ts";
import type { EventRecorder } from "../runtime/events.ts";
import type { Store } from "../runtime/store.ts";
import { providerConfigs, type OCM, type ProviderConfig } from "./api/objects.ts";
import type { ConfigSource } from "./config-source.ts";
import type { ReportOf } from "./report.ts";
import { describeWithdrawn, tallyTenants } from "./tenant-tally.ts";

/** What the ProviderConfig's status is written with. */
export type ConfigStatusDeps = {
  readonly client: KubeClient;
  readonly store: Store<ProviderConfig>;
  readonly ocms: Pick<Store<OCM>, "list">;
  readonly config: ConfigSource;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly providerName: string;
  /** Checks every tenant again without shortcuts. */
  readonly recheckAll: () => void;
};

/**
 * Returns the reconcile function of ProviderConfigs: says on the one that counts whether it is in force, and how the
 * tenants are.
 *
 * A ProviderConfig of another name belongs to somebody else and is left alone.
 */
export function reconcileConfigStatus(deps: ConfigStatusDeps): (key: string, signal: AbortSignal) => Promise<Retry> {
  return async (key, signal) => {
    const object = deps.store.get(key);
    if (object?.metadata.name !== deps.providerName || requestedOperation(object) === "ignore") {
      return "never";
    }
    const current = await consumeOperation(deps, object, signal);
    if (current !== undefined && requestedOperation(current) !== "ignore") {
      await writeStatus(deps, current, signal);
    }
    return "never";
  };
}

async function consumeOperation(
  deps: ConfigStatusDeps,
  object: ProviderConfig,
  signal: AbortSignal,
): Promise<ProviderConfig | undefined> {
  if (requestedOperation(object) !== "reconcile") {
    return object;
  }
  const consumption = { signal, onAsked: deps.recheckAll };
  const newest = await consumeReconcile(deps.client, providerConfigs, object, consumption);
  if (newest !== undefined) {
    deps.store.written(newest);
  }
  return newest;
}

async function writeStatus(deps: ConfigStatusDeps, object: ProviderConfig, signal: AbortSignal): Promise<void> {
  const ocms = deps.ocms.list();
  const report = reportAcceptance(deps.config, ocms);
  const details = { tenants: tallyTenants(ocms) };
  const outcome = { reports: [report], summary: report.message, details, retry: "never" } as const;
  const deleting = object.metadata.deletionTimestamp !== undefined;
  const now = new Date(deps.clock.now());
  const conclusion = concludeOutcome(outcome, deleting);
  const patch = statusPatch(object, conclusion, { details, now });
  if (patch === undefined) {
    return;
  }
  const written = await deps.client.mergePatch(providerConfigs, object.metadata, patch, {
    subresource: "status",
    signal,
  });
  deps.store.written(written);
  recordTransitions(deps, { before: object, after: written, isFailure: conclusion.isFailure });
}

function reportAcceptance({ fault }: ConfigSource, ocms: readonly OCM[]): ReportOf<"Accepted"> {
  const type = "Accepted";
  if (fault !== undefined) {
    return { type, state: "failed", reason: "InvalidProviderConfig", message: `not in force: ${fault.message}` };
  }
  const withdrawn = describeWithdrawn(ocms);
  return withdrawn === undefined
    ? { type, state: "done", reason: "Valid", message: "in force" }
    : { type, state: "done", reason: "VersionsWithdrawn", message: `in force; ${withdrawn}` };
}
