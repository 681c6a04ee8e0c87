/**
 * Every condition type of this provider beside `Ready`, with all reasons of that type.
 *
 * docs/status.md explains each reason to tenants and operators; a test compares the document with this list.
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
    "VersionsUnknown",
    "VersionNotFound",
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
    "ForeignObject",
  ],
  Connected: ["ClusterSilent"],
  Served: ["ShardUnserved"],
  Accepted: [
    "Valid",
    "VersionsWithdrawn",
    "VersionsStale",
    "VersionsUnknown",
    "InvalidProviderConfig",
    "ReferenceUnreadable",
  ],
} as const;

/** A condition type of this provider beside `Ready`. */
export type ConditionType = keyof typeof REASONS;

/** A reason that a condition of the given type can have. */
export type ReasonOf<Type extends ConditionType> = (typeof REASONS)[Type][number];

/** A removal with one of these reasons stands still until the operator acts. */
export const REMOVAL_FAILURES: readonly ReasonOf<"Removed">[] = [
  "AccessDenied",
  "ClusterUnreachable",
  "ReleaseSuspended",
  "UninstallFailed",
  "ForeignObject",
];

/**
 * A removal with one of these reasons takes its course: others are at work, most of the time for a moment, and nobody has to
 * act.
 */
export const REMOVAL_STEPS: readonly ReasonOf<"Removed">[] = [
  "Removing",
  "RemovingRelease",
  "RemovingChart",
  "RemovingAccess",
  "RemovingCluster",
];

/** The reason why a part cannot proceed. `waiting`: nobody has to act. `failed`: the tenant or the operator has to act. */
export type Blocker<Reason extends string = string> = {
  readonly state: "waiting" | "failed";
  readonly reason: Reason;
  readonly message: string;
};

/** The blocker of a part, with the condition type that reports the part. */
export type Blocked<Type extends PartCondition = PartCondition> = {
  [Each in Type]: Blocker<ReasonOf<Each>> & { readonly type: Each };
}[Type];

type PartCondition = "AccessReady" | "ChartReady" | "ReleaseReady";
