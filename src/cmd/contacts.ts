import type { Clock } from "../kube/clock.ts";
import type { Health } from "../runtime/health.ts";

/** When which cluster was last heard. */
export type Contacts = {
  readonly note: (cluster: "platform" | "onboarding") => void;
  /** Ends the checks. */
  readonly remove: () => void;
};

/** API servers send a bookmark about every minute, and watches are opened again after ten at most. */
const LONGEST_SILENCE_MS = 5 * 60_000;

/** Makes `/readyz` fail when one of the clusters has not been heard for long. */
export function followContacts(health: Health, clock: Clock): Contacts {
  const lastContacts = new Map<string, number>();
  const removals = ["platform", "onboarding"].map((name) =>
    health.addContact({ name, limitMs: LONGEST_SILENCE_MS, lastContactMs: () => lastContacts.get(name) }),
  );
  return {
    note: (cluster) => void lastContacts.set(cluster, clock.now()),
    remove: () => removals.forEach((remove) => remove()),
  };
}
