import { previousSuccess, type Snapshot } from "./release-history.ts";

/** How the release on the target compares to what is wanted. */
export type ReleaseState = "absent" | "locked" | "unmanaged" | "failed" | "out-of-sync" | "in-sync";

/** A Helm action, in the words of the helm-controller. */
export type Action = "install" | "upgrade" | "rollback" | "uninstall";

/** How a kind of failure is dealt with. */
export type Remediation = {
  readonly strategy: "rollback" | "uninstall";
  /** Further attempts after the first; negative is unlimited. */
  readonly retries: number;
  readonly remediateLastFailure: boolean;
  /** Failures so far. */
  readonly failures: number;
};

/** Everything the decision depends on. */
export type Situation = {
  readonly state: ReleaseState;
  readonly history: readonly Snapshot[];
  readonly install: Remediation;
  readonly upgrade: Remediation;
  /** How the action that was tried last is remedied; absent before any action. */
  readonly active: Remediation | undefined;
  readonly forced: boolean;
};

/** What to do next. */
export type Decision =
  | { readonly do: "run"; readonly action: Action }
  | { readonly do: "unlock" | "done" }
  | { readonly do: "stall"; readonly reason: "RetriesExceeded" | "MissingRollbackTarget" };

const exceeded: Decision = { do: "stall", reason: "RetriesExceeded" };

/** Whether no further attempt is allowed. */
export function isExhausted({ retries, failures }: Remediation): boolean {
  return retries >= 0 && failures > retries;
}

/** Decides the next Helm action as the helm-controller does. Pure. */
export function nextAction(situation: Situation): Decision {
  const { state, install, upgrade, forced } = situation;
  switch (state) {
    case "in-sync":
      return forced ? { do: "run", action: "upgrade" } : { do: "done" };
    case "absent":
      return attempt("install", install, forced);
    case "locked":
      return { do: "unlock" };
    case "unmanaged":
      return { do: "run", action: "upgrade" };
    case "out-of-sync":
      return attempt("upgrade", upgrade, forced);
    case "failed":
      return afterFailure(situation);
  }
}

function attempt(action: "install" | "upgrade", remediation: Remediation, forced: boolean): Decision {
  return isExhausted(remediation) && !forced ? exceeded : { do: "run", action };
}

function afterFailure({ history, active, forced }: Situation): Decision {
  // Without a counted failure the circumstances have changed: one more attempt may succeed.
  if (active === undefined || active.failures <= 0 || forced) {
    return { do: "run", action: "upgrade" };
  }
  if (isExhausted(active) && !active.remediateLastFailure) {
    return exceeded;
  }
  if (active.strategy === "uninstall") {
    return { do: "run", action: "uninstall" };
  }
  return previousSuccess(history) === undefined
    ? { do: "stall", reason: "MissingRollbackTarget" }
    : { do: "run", action: "rollback" };
}
