import { helmReleases } from "../flux/helm-release.ts";
import type { Outcome } from "../openmcp/service/status.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import type { OCM } from "./api/objects.ts";
import type { Platform } from "./platform.ts";
import { onlyOurs } from "./observed.ts";
import { readIfThere } from "./read-if-there.ts";
import { type Situation, summarize } from "./summarize.ts";
import type { TenantObjects } from "./tenant-objects.ts";

/**
 * Says how far an installation is, and asks the server for its release before a change is called done.
 *
 * Source and release come by watches of their own. When the source is back at a chart that was installed before, a
 * release of which news are late looks as if nothing had happened in between.
 */
export async function summarizeSurely(
  situation: Situation,
  { platform, objects, pass }: { readonly platform: Platform; readonly objects: TenantObjects; readonly pass: Pass },
): Promise<Outcome> {
  const outcome = summarize(situation);
  if (!isDone(outcome) || !isChanged(situation.ocm)) {
    return outcome;
  }
  const release = onlyOurs(await readIfThere(helmReleases, objects.toolkit, { platform, pass }), objects);
  return summarize({ ...situation, observed: { ...situation.observed, release } });
}

function isDone({ reports }: Outcome): boolean {
  return reports.every(({ state }) => state === "done");
}

// Of a first installation there is nothing older that could be taken for it.
function isChanged({ metadata, status }: OCM): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const isReady = ready?.status === "True" && status?.observedGeneration === metadata.generation;
  return status?.installedVersion !== undefined && !isReady;
}
