/** How well something is. `unknown`: nobody could find out, which is no failure by itself. */
export type Level = "ok" | "warning" | "failed" | "unknown";

/** What one look at the clusters has found. Plain data, which becomes JSON. */
export type Finding = {
  /** Name of the check, in one word. */
  readonly check: string;
  readonly level: Level;
  /** What was found, in one sentence without a full stop. */
  readonly found: string;
  /** What was expected instead. */
  readonly expected?: string;
  /** What the operator should do, with the command where there is one. */
  readonly advice?: string;
};

/** A finding of a check that is known by its name already. */
export type NamelessFinding = Omit<Finding, "check">;
