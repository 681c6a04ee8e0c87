import type { SimClock } from "../clock.ts";
import { errorText } from "../stand-in/error-text.ts";
import { valueAt } from "../value-at.ts";
import { deleteObjects } from "./chart-objects.ts";
import { fullNameOf } from "./release-record.ts";
import { ReleaseStorage } from "./release-storage.ts";
import { currentHistory, summarize } from "./release-summary.ts";
import type { StatusDraft } from "./status-draft.ts";
import { connectTarget, type TargetContext } from "./target-cluster.ts";
import type { FluxTimings } from "./timings.ts";

type EndContext = TargetContext & { readonly clock: SimClock; readonly timings: FluxTimings };

/**
 * Uninstalls the release of a HelmRelease that is being deleted; returns whether the HelmRelease may go.
 *
 * A suspended one, one that never started, and one whose kubeconfig is gone leave everything where it is.
 */
export async function endRelease(context: EndContext, draft: StatusDraft): Promise<boolean> {
  const [latest] = currentHistory(draft);
  const namespace = draft.field("storageNamespace");
  const suspended = valueAt(draft.object, "spec", "suspend") === true;
  if (suspended || latest === undefined || typeof namespace !== "string") {
    return true;
  }
  const target = await connectTarget(context, draft.object);
  if ("reason" in target) {
    if (!target.missing) {
      const message = `failed to build REST client getter to uninstall release: ${target.message}`;
      draft.mark("Ready", "False", "UninstallFailed", message);
      await draft.save();
    }
    return target.missing;
  }
  const release = `${fullNameOf(latest)} with chart ${latest.chartName}@${latest.chartVersion}`;
  const storage = new ReleaseStorage(target.client, { name: latest.name, namespace });
  try {
    const [record] = await storage.list();
    await deleteObjects(target.client, record?.objects ?? []);
    await context.clock.sleep(context.timings.uninstallMs);
    await storage.clear();
  } catch (error) {
    const message = `Helm uninstall failed for release ${release}: ${unreachable(error)}`;
    await report(draft, "UninstallFailed", message);
    return false;
  }
  await report(draft, "UninstallSucceeded", `Helm uninstall succeeded for release ${release}`);
  return true;
}

async function report(
  draft: StatusDraft,
  reason: "UninstallFailed" | "UninstallSucceeded",
  message: string,
): Promise<void> {
  draft.drop("Reconciling", "Stalled");
  draft.mark("Released", "False", reason, message);
  summarize(draft);
  const failures = draft.field("failures");
  if (reason === "UninstallFailed") {
    draft.set({ failures: (typeof failures === "number" ? failures : 0) + 1 });
  }
  await draft.save();
}

// Helm checks the connection first and says it in its own words.
function unreachable(error: unknown): string {
  const text = errorText(error);
  const cause = text === "Unauthorized" ? "the server has asked for the client to provide credentials" : text;
  return `kubernetes cluster unreachable: ${cause}`;
}
