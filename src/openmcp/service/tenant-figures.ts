import { isTerminating } from "../../kube/object.ts";
import { requestedOperation } from "./operation.ts";
import type { Phase, ServiceObject } from "./status.ts";
import { tenantState, type Versions, versionsIn } from "./tenant-state.ts";

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
  const found = objects.map((object) => ({ object, ...tenantState(object, judgement) }));
  // Whoever may write a status may write any reason.
  const isKnown = mostFrequent(found.map(({ reason }) => reason));
  const states = found.map((one) => (isKnown(one.reason) ? one : { ...one, reason: OTHER }));
  return {
    states: count(states.map(({ phase, reason }) => ({ phase, reason }))),
    failing: count(states.filter(({ isFailing }) => isFailing).map(({ reason }) => ({ reason }))),
    versions:
      judgement.versionsOf === undefined ? [] : countVersions(objects.map((object) => versionsIn(object, judgement))),
    ignored: objects.filter((object) => requestedOperation(object) === "ignore").length,
    deletions: oldestDeletions(states.filter(({ object }) => isTerminating(object))),
  };
}

type Pair = { readonly wanted: string; readonly installed: string };

const OTHER_PAIR: Pair = { wanted: OTHER, installed: OTHER };

function countVersions(all: readonly (Versions | undefined)[]): Counted<Pair> {
  const pairs = all.map((versions) => (versions === undefined ? OTHER_PAIR : boundedPair(versions)));
  const isKnown = mostFrequent(pairs.map(identityOf));
  return count(pairs.map((pair) => (isKnown(identityOf(pair)) ? pair : OTHER_PAIR)));
}

function boundedPair({ wanted, installed = NOT_INSTALLED }: Versions): Pair {
  return { wanted: boundedVersion(wanted), installed: boundedVersion(installed) };
}

function boundedVersion(version: string): string {
  return version.length > LONGEST_VERSION ? OTHER : version;
}

function oldestDeletions(
  deletions: readonly { readonly object: ServiceObject; readonly reason: string }[],
): TenantFigures["deletions"] {
  const oldest = new Map<string, number>();
  for (const { object, reason } of deletions) {
    const sinceMs = Date.parse(object.metadata.deletionTimestamp ?? "");
    oldest.set(reason, Math.min(sinceMs, oldest.get(reason) ?? sinceMs));
  }
  return Array.from(oldest, ([reason, sinceMs]) => ({ labels: { reason }, sinceMs }));
}

/** Returns what tells the texts that occur most often from the others. */
function mostFrequent(texts: readonly string[]): (text: string) => boolean {
  const counts = new Map<string, number>();
  for (const text of texts) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  if (counts.size <= MOST_LABELS) {
    return () => true;
  }
  // Equally frequent ones are told apart by something that does not change between two scrapes.
  const sorted = [...counts].toSorted(([one, often], [other, oftener]) => oftener - often || (one < other ? -1 : 1));
  const most = new Set(sorted.slice(0, MOST_LABELS).map(([text]) => text));
  return (text) => most.has(text);
}

function count<Labels extends Readonly<Record<string, string>>>(all: readonly Labels[]): Counted<Labels> {
  const counts = new Map<string, { readonly labels: Labels; count: number }>();
  for (const labels of all) {
    const identity = identityOf(labels);
    const counted = counts.get(identity) ?? { labels, count: 0 };
    counted.count += 1;
    counts.set(identity, counted);
  }
  return [...counts.values()];
}

function identityOf(labels: Readonly<Record<string, string>>): string {
  return Object.values(labels).join("\n");
}
