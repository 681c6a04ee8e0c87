/**
 * Every condition type of this provider beside `Ready`, with every reason it can have.
 *
 * docs/status.md explains each to the people who meet it; a test compares the two.
 */
export const REASONS = {
  AccessReady: [
    "AccessGranted",
    "AccessPending",
    "AccessDenied",
    "KubeconfigRefused",
    "ControlPlaneNotFound",
    "ForeignObject",
    "BeingDeleted",
  ],
  ChartReady: [
    "ChartFetched",
    "ChartFetching",
    "WaitingForControlPlane",
    "ChartFetchFailed",
    "ChartSuspended",
    "VersionWithdrawn",
    "SettingsNotInForce",
    "VersionNotOffered",
    "InvalidVersion",
    "ProviderConfigNotFound",
    "InvalidProviderConfig",
    "PullSecretNotFound",
    "PullSecretInvalid",
    "ReferenceNotFound",
    "ReferenceInvalid",
    "ReferenceUnreadable",
    "ForeignObject",
    "BeingDeleted",
  ],
  ReleaseReady: [
    "ReleaseInstalled",
    "ReleaseInstalling",
    "ReleaseFailed",
    "ValuesTooLarge",
    "ReleaseSuspended",
    "TakingOver",
    "WaitingForChart",
    "WaitingForAccess",
    "ClusterShared",
    "ClusterUnreachable",
    "ReferenceNotFound",
    "ReferenceInvalid",
    "ReferenceUnreadable",
    "ForeignObject",
    "BeingDeleted",
  ],
  Removed: [
    "Removing",
    "AccessPending",
    "AccessDenied",
    "ClusterUnreachable",
    "UserObjectsExist",
    "RemovingRelease",
    "ReleaseSuspended",
    "UninstallFailed",
    "TakingOver",
    "RemovingChart",
    "RemovingAccess",
    "RemovingCluster",
  ],
  Connected: ["ClusterSilent"],
  Accepted: ["Valid", "VersionsWithdrawn", "InvalidProviderConfig", "ReferenceUnreadable"],
} as const;

/** A condition type of this provider beside `Ready`. */
export type ConditionType = keyof typeof REASONS;

/** A reason that a condition of the given type can have. */
export type ReasonOf<Type extends ConditionType> = (typeof REASONS)[Type][number];

/** With these a removal stands still until somebody acts; with any other it goes on, or waits for the tenant. */
export const REMOVAL_FAILURES: readonly ReasonOf<"Removed">[] = [
  "AccessDenied",
  "ClusterUnreachable",
  "ReleaseSuspended",
  "UninstallFailed",
];

/** Why something cannot go on. `waiting`: nobody has to act. `failed`: somebody has to. */
export type Blocker<Reason extends string = string> = {
  readonly state: "waiting" | "failed";
  readonly reason: Reason;
  readonly message: string;
};

/** Why a part of an installation is not written: a report of the condition that tells how the part is. */
export type Blocked<Type extends PartCondition = PartCondition> = {
  [Each in Type]: Blocker<ReasonOf<Each>> & { readonly type: Each };
}[Type];

type PartCondition = "AccessReady" | "ChartReady" | "ReleaseReady";
