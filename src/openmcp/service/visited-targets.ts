import type { Slots } from "../../runtime/slots.ts";
import { SilentClusterError, type TenantClusters } from "../platform/tenant-clusters.ts";
import type { Targets } from "./definition.ts";

type VisitedTargetsDeps = {
  readonly tenantClusters: TenantClusters;
  readonly slots: Slots;
  readonly pollIntervalMs: () => number;
  /** Told of each visit before it begins. */
  readonly onVisit: () => void;
  /** Told that a cluster does not answer. */
  readonly onSilence: (message: string) => void;
};

/** Returns the clusters of tenants. While a pass waits for the answer of one, another pass takes its place. */
export function visitedTargets({ tenantClusters, slots, ...deps }: VisitedTargetsDeps): Targets {
  return {
    visit: (secret, { force, signal }, work) =>
      slots.lend(async () => {
        deps.onVisit();
        try {
          const askAgainAfterMs = deps.pollIntervalMs();
          return await tenantClusters.visit(secret, { force, signal, askAgainAfterMs }, work);
        } catch (error) {
          if (error instanceof SilentClusterError) {
            deps.onSilence(error.message);
          }
          throw error;
        }
      }),
  };
}
