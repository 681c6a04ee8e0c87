import type { KubeClient } from "../../kube/client.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import type { TenantClusters } from "../../openmcp/platform/tenant-clusters.ts";
import type { Slots } from "../../runtime/slots.ts";

/** The clusters on which toolkits run, as far as a pass asks them something. */
export type Targets = {
  /**
   * Does `work` with a client for the kubeconfig in `secret`, until the signal that it is given ends.
   *
   * Throws a SilentClusterError when there is no answer.
   */
  visit<R>(secret: ObjectRef, pass: Pass, work: (client: KubeClient, signal: AbortSignal) => Promise<R>): Promise<R>;
};

/** Lets passes ask tenants' clusters. While one waits for an answer, another takes its place among `slots`. */
export function targetsOf(
  clusters: Pick<TenantClusters, "visit">,
  slots: Slots,
  recheckAfterMs: () => number,
): Targets {
  return {
    visit: (secret, { force, signal }, work) =>
      slots.lend(() => clusters.visit(secret, { force, signal, askAgainAfterMs: recheckAfterMs() }, work)),
  };
}
