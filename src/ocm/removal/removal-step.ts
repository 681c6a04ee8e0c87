import type { AccessState } from "../../openmcp/platform/tenant-access.ts";
import type { ClusterRequest } from "../../openmcp/platform/kinds.ts";
import type { Observed } from "../observed.ts";
import type { ReasonOf } from "../reasons.ts";
import type { Leftovers } from "../takeover/leftovers.ts";
import type { RemovalDetour } from "../takeover/removal-detour.ts";
import type { UserObjects } from "./user-objects.ts";

/** What the order of removal depends on. Objects of others under our names are left out. */
export type RemovalSituation = Pick<Observed, "accessRequest" | "copies" | "source" | "release"> & {
  readonly access: AccessState;
  /** Whether the control plane's ClusterRequest still exists. */
  readonly controlPlane: "present" | "gone";
  /** The request for the cluster, where the provider has made it. */
  readonly ownCluster?: ClusterRequest;
  /** The user's objects on the control plane; absent while nobody has looked. */
  readonly userObjects?: readonly UserObjects[];
  /** Whether Helm has a release there of which Flux has known nothing; absent while nobody has looked. */
  readonly leftBehind?: boolean;
  /** What an earlier provider left. Its release, if it is there, is the `release` of this situation. */
  readonly leftovers?: Leftovers;
};

/** One step of taking an installation down. */
export type RemovalStep =
  | { readonly do: "requestAccess" | "lookForUserObjects" | "lookForRelease" | "pointReleaseAtAccess" }
  | {
      readonly do:
        | "rememberRelease"
        | "noteUnseenRelease"
        | "suspendRelease"
        | "deleteRelease"
        | "deleteSource"
        | "deleteCopies";
    }
  | { readonly do: "deleteAccess" | "letGoOfAccess" | "deleteCluster" | "letGoOfCluster" | "finish" }
  | { readonly do: Exclude<RemovalDetour, "waitForFlux"> | "removeLeftovers" }
  | { readonly do: "wait"; readonly reason: ReasonOf<"Removed">; readonly message: string };

/** The step that is to wait for somebody, or for something to be gone. */
export function waitFor(reason: ReasonOf<"Removed">, message: string): RemovalStep {
  return { do: "wait", reason, message };
}
