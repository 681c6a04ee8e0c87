import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { ConflictError } from "../../kube/errors.ts";
import { isTerminating } from "../../kube/object.ts";
import { findCondition } from "../../runtime/conditions.ts";
import type { Retry } from "../../runtime/controller.ts";
import type { EventRecorder } from "../../runtime/events.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import type { ProviderDefinition } from "./definition.ts";
import { follow } from "./follower.ts";
import { consumeReconcile, requestedOperation } from "./operation.ts";
import type { Served } from "./served.ts";
import { type SettingsSource, type Unfollowed, wordsOf } from "./settings-source.ts";
import { SHARDS_FIELD } from "./shards-in-force.ts";
import { concludeOutcome, statusPatch, type Report, type ServiceObject } from "./status.ts";
import { countTenants } from "./tenant-counts.ts";
import { recordTransitions } from "./transitions.ts";
import { describeUnserved, HOW_TO_SERVE, type Unserved } from "./unserved.ts";
import type { Silence } from "./watches.ts";

/** What the ProviderConfig's status is written with. */
export type ProviderConfigDeps<T extends ServiceObject, C extends ServiceObject> = Pick<
  ProviderDefinition<T, C, unknown>,
  "note" | "isRemovalFailing"
> & {
  readonly client: KubeClient;
  readonly served: Served<C>;
  readonly tenants: Pick<Served<T>, "list">;
  readonly settings: Pick<
    SettingsSource<C, unknown>,
    "fault" | "isSame" | "isSettling" | "unfollowed" | "problem" | "describe"
  >;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly providerName: string;
  /** Namespace of the objects that the settings name. */
  readonly podNamespace: string;
  /** Checks every tenant again without shortcuts. */
  readonly recheckAll: () => void;
  /** The watches of the clusters that have failed for long. */
  readonly silences: () => readonly Silence[];
  /** The tenants that no process serves; "unknown" until that is known. */
  readonly unserved: () => readonly Unserved[] | "unknown";
  /** Among which shards the ProviderConfig that counts has tenants distributed. */
  readonly shardsInForce: () => readonly string[];
};

/** What fails for a while, and that it does not any more, is no event of any object. */
const RECHECK_MS = 60_000;

/**
 * Returns the reconcile function of ProviderConfigs: says on the one that counts whether it is in force, and how the
 * tenants are.
 *
 * A ProviderConfig of another name belongs to somebody else and is left alone. Of several under the provider's name, in
 * different API groups, one counts, and the others say so.
 */
export function reconcileProviderConfig<T extends ServiceObject, C extends ServiceObject>(
  deps: ProviderConfigDeps<T, C>,
): (key: string, signal: AbortSignal) => Promise<Retry> {
  return async (key, signal) => {
    const object = deps.served.get(key);
    if (object?.metadata.name !== deps.providerName) {
      return "never";
    }
    try {
      const isKept = requestedOperation(object) === "ignore";
      if (!isKept) {
        await reportOn(deps, object, signal);
      }
      const comparison = { isSame: deps.settings.isSame };
      const retries = await follow(key, { ...deps, comparison, onAsked: deps.recheckAll, signal });
      const again = retries.find((retry) => retry !== "never");
      return again ?? (isKept ? "never" : { afterMs: RECHECK_MS });
    } catch (error) {
      if (error instanceof ConflictError) {
        deps.log.debug({ object: keyOf(object) }, "somebody else has changed the ProviderConfig, trying again");
        return "backoff";
      }
      throw error;
    }
  };
}

async function reportOn<T extends ServiceObject, C extends ServiceObject>(
  deps: ProviderConfigDeps<T, C>,
  object: C,
  signal: AbortSignal,
): Promise<void> {
  const current = await consumeOperation(deps, object, signal);
  if (current !== undefined && requestedOperation(current) !== "ignore" && !deps.settings.isSettling) {
    await writeStatus(deps, current, signal);
  }
}

async function consumeOperation<T extends ServiceObject, C extends ServiceObject>(
  deps: ProviderConfigDeps<T, C>,
  object: C,
  signal: AbortSignal,
): Promise<C | undefined> {
  if (requestedOperation(object) !== "reconcile") {
    return object;
  }
  const consumption = { signal, onAsked: deps.recheckAll };
  const newest = await consumeReconcile(deps.client, deps.served.kindOf(object).resource, object, consumption);
  if (newest !== undefined) {
    deps.served.written(newest);
  }
  return newest;
}

async function writeStatus<T extends ServiceObject, C extends ServiceObject>(
  deps: ProviderConfigDeps<T, C>,
  object: C,
  signal: AbortSignal,
): Promise<void> {
  const tenants = deps.tenants.list();
  const described = deps.settings.describe();
  const report = reportAcceptance(deps, { tenants, remarks: described?.remarks ?? [] });
  const shards = deps.shardsInForce();
  const details = {
    ...(described?.details ?? furtherDetails(object)),
    ...(shards.length > 0 && { [SHARDS_FIELD]: shards }),
    tenants: countTenants(tenants, deps.isRemovalFailing),
  };
  const outcome = {
    reports: [report, ...reportSilence(deps.silences()), ...reportUnserved(deps.unserved(), object)],
    summary: report.message,
    details,
    retry: "never",
  } as const;
  const deleting = isTerminating(object);
  const now = new Date(deps.clock.now());
  const conclusion = concludeOutcome(outcome, deleting);
  const patch = statusPatch(object, conclusion, { details, now });
  if (patch === undefined) {
    return;
  }
  const { resource, store } = deps.served.kindOf(object);
  const written = await deps.client.mergePatch(resource, object.metadata, patch, { subresource: "status", signal });
  store.written(written);
  recordTransitions(deps, { before: object, after: written, isFailure: conclusion.isFailure });
}

function reportAcceptance<T extends ServiceObject, C extends ServiceObject>(
  { settings, podNamespace, note }: ProviderConfigDeps<T, C>,
  { tenants, remarks }: { readonly tenants: readonly T[]; readonly remarks: readonly string[] },
): Report {
  const type = "Accepted";
  const { fault } = settings;
  if (fault !== undefined) {
    return { type, state: "failed", reason: "InvalidProviderConfig", message: `not in force: ${fault.message}` };
  }
  const unfollowed = settings.unfollowed();
  if (unfollowed.length > 0) {
    const message = `not wholly in force: ${unfollowed.map((object) => describeUnfollowed(object, podNamespace)).join("; ")}`;
    return { type, state: "failed", reason: "ReferenceUnreadable", message };
  }
  const { problem } = settings;
  if (problem !== undefined) {
    return { type, ...problem };
  }
  const { reason, message } = note?.(tenants) ?? { reason: "Valid", message: "" };
  const notes = message === "" ? [] : [message];
  return { type, state: "done", reason, message: ["in force", ...remarks, ...notes].join("; ") };
}

// What was in force before this process is not forgotten while nothing else is.
function furtherDetails({ status }: ServiceObject): Readonly<Record<string, unknown>> {
  const { observedGeneration: _1, phase: _2, conditions: _3, ...details } = { ...status };
  return details;
}

function describeUnfollowed({ kind, name, error }: Unfollowed, namespace: string): string {
  return `cannot follow ${kind} "${name}" in namespace "${namespace}": ${wordsOf(error)}`;
}

// The condition is there only while there is something to say.
function reportSilence(silences: readonly Silence[]): readonly Report[] {
  const [first] = silences;
  if (first === undefined) {
    return [];
  }
  const { cluster, resource, failure } = first;
  const more = silences.length > 1 ? `; ${silences.length - 1} more watches fail` : "";
  const message =
    `cannot follow ${resource} of the ${cluster} cluster since ${new Date(failure.sinceMs).toISOString()}, ` +
    `going on with what is known from before: ${wordsOf(failure.error)}${more}`;
  return [{ type: "Connected", state: "failed", reason: "ClusterSilent", message }];
}

function reportUnserved(unserved: readonly Unserved[] | "unknown", { status }: ServiceObject): readonly Report[] {
  const type = "Served";
  if (unserved === "unknown") {
    // What was found before is not taken back before it is found to be otherwise.
    const told = findCondition(status?.conditions, type);
    return told === undefined ? [] : [{ ...told, type, state: "failed" }];
  }
  return unserved.length === 0
    ? []
    : [{ type, state: "failed", reason: "ShardUnserved", message: `${describeUnserved(unserved)}; ${HOW_TO_SERVE}` }];
}
