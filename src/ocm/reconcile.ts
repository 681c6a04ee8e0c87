import { isTerminating, type KubeObject } from "../kube/object.ts";
import { ConflictError } from "../kube/errors.ts";
import { SHARD_LABEL } from "../openmcp/service/shards.ts";
import type { Outcome } from "../openmcp/service/status.ts";
import { ForeignObjectError } from "../openmcp/platform/apply-object.ts";
import { SilentClusterError } from "../openmcp/platform/tenant-clusters.ts";
import type { Kind } from "../openmcp/service/tenant-pass.ts";
import { WaitingError } from "../runtime/errors.ts";
import { keyOf } from "../runtime/key.ts";
import { access, blockedBySettings } from "./access.ts";
import { chartSecrets } from "./chart-secrets.ts";
import { chart } from "./chart.ts";
import { type Part, ReconcileContext } from "./context.ts";
import type { Blocker, ReasonOf } from "./reasons.ts";
import { changeOfShard } from "./flux-shard.ts";
import { release } from "./release.ts";
import { concludeRemoval, isChangeDone, type Situation, summarize, summarizeKnown } from "./status.ts";
import { knownSecrets, silenceOf, targetSecrets } from "./target-secrets.ts";
import { chartOfPredecessor, hasLeftovers, releaseOfPredecessor } from "./takeover.ts";

/** One for what the caches know, one for what only the server knew, and one to spare. */
const MOST_ROUNDS = 3;

const PARTS: readonly Part[] = [access, chartSecrets, chart, targetSecrets, release];
const PARTS_OF_PREDECESSOR: readonly Part[] = [
  access,
  chartSecrets,
  chartOfPredecessor,
  targetSecrets,
  releaseOfPredecessor,
];

/** Takes an installation as far as possible now, and says how far it is. May be repeated from any state. */
export async function ensure(r: ReconcileContext): Promise<Outcome> {
  for (const part of partsOf(r)) {
    r.report(await part.ensure(r));
  }
  await followShard(r);
  const outcome = summarize({ ...situationOf(r), plan: r.plan, isLookupDue: r.isLookupDue });
  return isChangeDone(r.ocm, outcome) ? confirmed(r) : outcome;
}

/** Takes an installation down as far as possible now. May be repeated from any state. */
export async function remove(r: ReconcileContext): Promise<Outcome | "removed"> {
  await followShard(r);
  const blocker = await removeParts(r).catch((error: unknown) => toBlocker(r, error));
  if (blocker !== undefined) {
    return concludeRemoval(blocker, situationOf(r));
  }
  r.deps.userObjectWatches.stop(keyOf(r.names.tenant));
  return "removed";
}

/** Says what is certain of an installation without a request, when a pass has failed. */
export function known(r: ReconcileContext): Pick<Outcome, "reports" | "details"> {
  r.report(blockedBySettings(r));
  const situation = situationOf(r);
  const { reports, details } = summarizeKnown(situation);
  const { installedVersion } = situation;
  const isKept = isTerminating(r.ocm) && installedVersion !== undefined;
  return { reports, details: isKept ? { ...details, installedVersion } : details };
}

/**
 * Has the tenant's objects of Flux follow the tenant to its shard, also where nothing else of them is written: while the
 * installation stays as it is, and while it is removed.
 */
async function followShard(r: ReconcileContext): Promise<void> {
  const { source, lookup, release: live } = r.state;
  await labelShard(r, r.kinds.sources, source);
  await labelShard(r, r.kinds.lookups, lookup);
  await labelShard(r, r.kinds.releases, live);
}

async function labelShard<T extends KubeObject>(
  r: ReconcileContext,
  kind: Kind<T>,
  live: T | undefined,
): Promise<void> {
  const key = live === undefined ? undefined : changeOfShard(live, r.names.fluxShard);
  if (live === undefined || key === undefined) {
    return;
  }
  try {
    await r.patch(kind, live, { labels: { [SHARD_LABEL]: key }, onlyUnchanged: true });
  } catch (error) {
    // Flux may have begun an action meanwhile. The news of that are on their way, and bring the next pass.
    if (!(error instanceof ConflictError)) {
      throw error;
    }
  }
}

function partsOf(r: ReconcileContext): readonly Part[] {
  return hasLeftovers(r) ? PARTS_OF_PREDECESSOR : PARTS;
}

async function removeParts(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    // The objects that only the server knew may be on another cluster.
    const now = round === 0 ? r : new ReconcileContext(r.deps, r);
    for (const part of partsOf(now).toReversed()) {
      const blocker = await part.remove(now);
      if (blocker !== undefined) {
        return blocker;
      }
    }
    if (!(await now.isAnythingLeft())) {
      return undefined;
    }
  }
  throw new Error(`expected the removal to end or to wait for somebody after at most ${MOST_ROUNDS} rounds`);
}

function toBlocker(r: ReconcileContext, error: unknown): Blocker<ReasonOf<"Removed">> {
  // A cluster that does not answer leaves unknown what is there: no part that relies on it is taken down.
  if (error instanceof SilentClusterError) {
    return { state: "failed", reason: "ClusterUnreachable", message: silenceOf(r.names) };
  }
  if (error instanceof ForeignObjectError) {
    return { state: "failed", reason: "ForeignObject", message: error.message };
  }
  if (error instanceof WaitingError) {
    return { state: "waiting", reason: "AccessPending", message: error.message };
  }
  throw error;
}

/**
 * The outcome with the release as the server has it.
 *
 * Source and release come by watches of their own. When the source is back at a chart that was installed before, a
 * release of which news are late looks as if nothing had happened in between.
 */
async function confirmed(r: ReconcileContext): Promise<Outcome> {
  const situation = situationOf(r);
  const found = r.onlyOurs(await r.find(r.kinds.releases, r.names.toolkit), r.names);
  return summarize({ ...situation, plan: r.plan, state: r.state.withRelease(found) });
}

function situationOf(r: ReconcileContext): Omit<Situation, "plan"> {
  const { ocm, blocked, state, target, names, recheckAfterMs } = r;
  return {
    ocm,
    blocked,
    state,
    kubeconfig: r.deps.kubeconfigReviews.known(names),
    target: names.target,
    isMoveWanted: "settings" in r.reading && r.reading.settings.target !== target,
    secretsOnTarget: knownSecrets(r),
    installedVersion: r.deps.clearedTargets.has(keyOf(names.tenant)) ? undefined : ocm.status?.installedVersion,
    recheckAfterMs,
  };
}
