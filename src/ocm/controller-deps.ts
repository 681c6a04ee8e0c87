import type { Clock } from "../kube/clock.ts";
import type { KubeClient } from "../kube/client.ts";
import type { TenantClusters } from "../openmcp/platform/tenant-clusters.ts";
import type { ControllerObserver } from "../runtime/controller.ts";
import type { EventRecorder } from "../runtime/events.ts";
import type { Log } from "../runtime/log.ts";
import type { QueueObserver } from "../runtime/queue.ts";

/** What the controllers of this provider work with. */
export type OcmControllerDeps = {
  readonly platform: KubeClient;
  readonly onboarding: KubeClient;
  readonly tenantClusters: TenantClusters;
  /** Name of the ProviderConfig that counts. */
  readonly providerName: string;
  /** Namespace of the operator's secrets. */
  readonly podNamespace: string;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly events: EventRecorder;
  /** Told what a controller and its queue do. */
  readonly observe: (name: string) => { readonly queue?: QueueObserver; readonly controller?: ControllerObserver };
  /** Told of each sign of life of a cluster. */
  readonly onContact: (cluster: "platform" | "onboarding") => void;
  /** Called once every cache is filled. */
  readonly onSynced: () => void;
  readonly signal: AbortSignal;
  /** How long running reconciles may take to finish after `signal` was aborted. */
  readonly drainMs: number;
};
