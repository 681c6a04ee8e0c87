import type { KubeObject } from "../kube/object.ts";
import { isForReaders } from "../openmcp/service/status.ts";
import { SilentClusterError, type TenantClusters } from "../openmcp/platform/tenant-clusters.ts";
import { keyOf } from "../runtime/key.ts";
import type { Store } from "../runtime/store.ts";
import type { ProviderConfig } from "./api/objects.ts";
import type { OcmControllerDeps } from "./controller-deps.ts";

/** Tells the operator of failures. */
export type OperatorNews = {
  readonly onFailure: (ocm: KubeObject, error: Error) => void;
  /** The same clusters; the operator is told of those that do not answer. */
  readonly told: (clusters: Pick<TenantClusters, "visit">) => Pick<TenantClusters, "visit">;
};

/** Records failures as Events of the ProviderConfig: what an error says of the platform is for no tenant. */
export function tellOperator(
  { events, platform, providerName }: Pick<OcmControllerDeps, "events" | "platform" | "providerName">,
  providerConfigs: Pick<Store<ProviderConfig>, "get">,
): OperatorNews {
  const tell = (message: string): void => {
    const config = providerConfigs.get(providerName);
    if (config !== undefined) {
      events.record(platform, config, { type: "Warning", reason: "ReconcileFailed", message });
    }
  };
  return {
    onFailure: (ocm, error) => {
      if (!isForReaders(error)) {
        tell(`OCM ${keyOf(ocm)}: ${error.message}`);
      }
    },
    told: (clusters) => ({
      visit: (secret, visit, work) =>
        clusters.visit(secret, visit, work).catch((error: unknown) => {
          if (error instanceof SilentClusterError) {
            tell(error.message);
          }
          throw error;
        }),
    }),
  };
}
