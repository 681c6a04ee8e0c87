import { isTerminating } from "../../kube/object.ts";
import { requestedOperation } from "./operation.ts";
import type { Phase, ServiceObject } from "./status.ts";
import { type TenantState, tenantState, type Versions, versionsIn } from "./tenant-state.ts";

/** How all installations are, in numbers. Nothing in them names a tenant. */
export type TenantFigures = {
  readonly states: Counted<{ readonly phase: Phase; readonly reason: string }>;
  readonly failing: Counted<{ readonly reason: string }>;
  /** Empty for a provider without versions. */
  readonly versions: Counted<{ readonly wanted: string; readonly installed: string }>;
  /** How many objects the operator, or a user, has ignored. */
  readonly ignored: number;
  /** By what a deletion waits for, since when the oldest of these deletions has been asked for. */
  readonly deletions: readonly { readonly labels: { readonly reason: string }; readonly sinceMs: number }[];
};

/** Told of what becomes of the installations. */
export type TenantObserver = {
  /** Asks for the figures whenever somebody wants to know them, until the returned function is called. */
  readonly follow: (figures: () => ProviderFigures) => () => void;
  /** An installation has become ready for the first time. */
  readonly firstReady: (afterMs: number) => void;
  /** Everything that was made for an object is gone. */
  readonly removed: (afterMs: number) => void;
};

/** The figures of a provider: those of the installations, and whether the operator's settings are in force. */
export type ProviderFigures = TenantFigures & {
  /** The present ProviderConfig is in force; undefined until that is known. */
  readonly areSettingsInForce: boolean | undefined;
  /** How many tenants no process serves; undefined where there is one process for all, or that is not known. */
  readonly unserved: number | undefined;
  /** When the first of the tokens for tenants' clusters expires, as far as that is known. */
  readonly tokenExpiresAtMs: number | undefined;
};

/** What only a provider knows of its objects. */
type Judgement<T> = {
  readonly isRemovalFailing?: (object: T) => boolean;
  readonly versionsOf?: (object: T) => Versions;
};

type Counted<Labels> = readonly { readonly labels: Labels; readonly count: number }[];

/** Where labels would be too many, the rarest are counted together. */
const MOST_LABELS = 100;
/** A tag has 128 characters, and a pinned one has a digest in addition. Longer texts are no versions. */
const LONGEST_VERSION = 200;
const OTHER = "other";
const NOT_INSTALLED = "none";

/** Counts installations by what the status of their objects says. Pure. */
export function tenantFigures<T extends ServiceObject>(objects: readonly T[], judgement: Judgement<T>): TenantFigures {
  const states = new Tally<TenantState>(({ phase, reason, isFailing }) => `${phase}\n${reason}\n${isFailing}`);
  const versions = new Tally<Pair>(pairText);
  const oldest = new Map<string, number>();
  let ignored = 0;
  for (const object of objects) {
    const state = tenantState(object, judgement);
    states.add(state);
    if (judgement.versionsOf !== undefined) {
      versions.add(boundedPair(versionsIn(object, judgement)));
    }
    if (requestedOperation(object) === "ignore") {
      ignored += 1;
    }
    if (isTerminating(object)) {
      const sinceMs = Date.parse(object.metadata.deletionTimestamp ?? "");
      oldest.set(state.reason, Math.min(sinceMs, oldest.get(state.reason) ?? sinceMs));
    }
  }
  const deletions = Array.from(oldest, ([reason, sinceMs]) => ({ reason, sinceMs }));
  return { ...sumUp(states, deletions), versions: sumUpVersions(versions), ignored };
}

// Whoever may write a status may write any reason.
function sumUp(
  states: Tally<TenantState>,
  deletions: readonly { readonly reason: string; readonly sinceMs: number }[],
): Pick<TenantFigures, "states" | "failing" | "deletions"> {
  const byReason = new Tally<string>((reason) => reason);
  states.counts().forEach(({ of: { reason }, count }) => byReason.add(reason, count));
  const known = new Set(byReason.mostFrequent().map(({ of }) => of));
  const nameOf = (reason: string): string => (known.has(reason) ? reason : OTHER);
  const [all, failing] = [new Tally<TenantState>(labelsOf), new Tally<TenantState>(({ reason }) => reason)];
  for (const { of: state, count } of states.counts()) {
    const named = { ...state, reason: nameOf(state.reason) };
    all.add(named, count);
    if (state.isFailing) {
      failing.add(named, count);
    }
  }
  const oldest = new Map<string, number>();
  for (const { reason, sinceMs } of deletions) {
    const name = nameOf(reason);
    oldest.set(name, Math.min(sinceMs, oldest.get(name) ?? sinceMs));
  }
  return {
    states: all.counts().map(({ of: { phase, reason }, count }) => ({ labels: { phase, reason }, count })),
    failing: failing.counts().map(({ of: { reason }, count }) => ({ labels: { reason }, count })),
    deletions: Array.from(oldest, ([reason, sinceMs]) => ({ labels: { reason }, sinceMs })),
  };
}

function labelsOf({ phase, reason }: TenantState): string {
  return `${phase}\n${reason}`;
}

type Pair = { readonly wanted: string; readonly installed: string };

const OTHER_PAIR: Pair = { wanted: OTHER, installed: OTHER };

function boundedPair(versions: Versions | undefined): Pair {
  const { wanted, installed = NOT_INSTALLED } = versions ?? OTHER_PAIR;
  return { wanted: boundedVersion(wanted), installed: boundedVersion(installed) };
}

function boundedVersion(version: string): string {
  return version.length > LONGEST_VERSION ? OTHER : version;
}

function sumUpVersions(versions: Tally<Pair>): TenantFigures["versions"] {
  const named = new Tally<Pair>(pairText);
  versions.mostFrequent().forEach(({ of, count }) => named.add(of, count));
  const rest = versions.total - named.total;
  if (rest > 0) {
    // A user may have written this very text.
    named.add(OTHER_PAIR, rest);
  }
  return named.counts().map(({ of: labels, count }) => ({ labels, count }));
}

function pairText({ wanted, installed }: Pair): string {
  return `${wanted}\n${installed}`;
}

type Count<K> = { readonly of: K; readonly count: number };

/** Counts how often things occur that have one identity. */
class Tally<K> {
  readonly #identityOf: (one: K) => string;
  readonly #counts = new Map<string, { readonly of: K; count: number }>();
  total = 0;

  constructor(identityOf: (one: K) => string) {
    this.#identityOf = identityOf;
  }

  add(one: K, times = 1): void {
    const identity = this.#identityOf(one);
    const known = this.#counts.get(identity);
    if (known === undefined) {
      this.#counts.set(identity, { of: one, count: times });
    } else {
      known.count += times;
    }
    this.total += times;
  }

  counts(): readonly Count<K>[] {
    return [...this.#counts.values()];
  }

  /** Those that occur most often, at most as many as may be labels. Two scrapes break ties in the same way. */
  mostFrequent(): readonly Count<K>[] {
    if (this.#counts.size <= MOST_LABELS) {
      return this.counts();
    }
    return [...this.#counts]
      .toSorted(([one, { count: often }], [other, { count: oftener }]) => oftener - often || (one < other ? -1 : 1))
      .slice(0, MOST_LABELS)
      .map(([, count]) => count);
  }
}
