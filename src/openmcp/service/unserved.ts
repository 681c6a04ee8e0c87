import type { Clock } from "../../kube/clock.ts";
import type { Lease } from "../../kube/core.ts";
import { type Labels, type LabelSelector, LabelSelectorError, parseLabelSelector } from "../../kube/label-selector.ts";
import { Failures } from "../../runtime/failures.ts";
import type { Log } from "../../runtime/log.ts";
import { leaseName, SHARD_LABEL, selectorAnnotation } from "./shards.ts";

/** Tenants with one shard key, or without any, that no process serves. */
export type Unserved = { readonly key: string | undefined; readonly count: number };

/** Counts the tenants whose labels none of the selectors matches, by their shard key. Pure. */
export function unservedAmong(
  tenants: readonly Labels[],
  selectors: readonly Pick<LabelSelector, "matches">[],
): readonly Unserved[] {
  const keys = tenants
    .filter((labels) => !selectors.some(({ matches }) => matches(labels)))
    .map(({ [SHARD_LABEL]: key }) => key);
  return Array.from(
    Map.groupBy(keys, (key) => key),
    ([key, { length: count }]) => ({ key, count }),
  ).toSorted((one, other) => other.count - one.count || ((one.key ?? "") < (other.key ?? "") ? -1 : 1));
}

/** A message has room for so many keys. */
const MOST_KEYS = 5;

/** Says which tenants are not served, for whoever can start a process. */
export function describeUnserved(unserved: readonly Unserved[]): string {
  const named = unserved
    .slice(0, MOST_KEYS)
    .map(({ key, count }) => (key === undefined ? `${count} without a shard key` : `${count} with shard key "${key}"`));
  const more = unserved.length - named.length;
  const all = [...named, ...(more > 0 ? [`${countUnserved(unserved.slice(MOST_KEYS))} with ${more} more keys`] : [])];
  const total = countUnserved(unserved);
  return `no process serves ${total === 1 ? "1 tenant" : `${total} tenants`}: ${all.join(", ")}`;
}

/** What somebody can do about that. */
export const HOW_TO_SERVE = "run a process with a --watch-label-selector that matches, or give them another key";

/** How many tenants are not served. */
export function countUnserved(unserved: readonly Unserved[]): number {
  return unserved.reduce((sum, { count }) => sum + count, 0);
}

/** Whose Leases are looked at. */
export type LeaseOwner = {
  readonly providerName: string;
  /** API group of the users' objects. */
  readonly group: string;
};

/** The selector of the process that a Lease of a provider is for; undefined for any other Lease. Pure. */
export function selectorOf({ metadata }: Lease, { providerName, group }: LeaseOwner): LabelSelector | undefined {
  try {
    const selector = parseLabelSelector(metadata.annotations?.[selectorAnnotation(group)] ?? "");
    return leaseName(providerName, selector) === metadata.name ? selector : undefined;
  } catch (error) {
    if (error instanceof LabelSelectorError) {
      return undefined;
    }
    throw error;
  }
}

/** What several looks have shown of a Lease. */
type SeenLease = {
  readonly selector: LabelSelector;
  readonly record: string;
  /** How often in a row it has been found as it was. */
  readonly unchanged: number;
  /** Whether it has ever come, or changed, between two looks. */
  readonly isRenewed: boolean;
};

/** What several looks have shown, by the names of the Leases. */
export type SeenLeases = ReadonlyMap<string, SeenLease>;

/** How long a process may be missing before its tenants count as not served: pods take so long to be replaced. */
const GRACE_MS = 60_000;
/** How often the Leases are looked at. Each is renewed several times meanwhile. */
const LOOK_MS = 10_000;
const MOST_UNCHANGED = GRACE_MS / LOOK_MS;

/** Adds one more look at the Leases of a provider to those before. No clock of another machine counts. Pure. */
export function seeLeases(before: SeenLeases | undefined, leases: readonly Lease[], owner: LeaseOwner): SeenLeases {
  return new Map(
    leases.flatMap((lease) => {
      const selector = selectorOf(lease, owner);
      return selector === undefined ? [] : [[lease.metadata.name, see(before, lease, selector)] as const];
    }),
  );
}

function see(before: SeenLeases | undefined, { metadata: { name }, spec }: Lease, selector: LabelSelector): SeenLease {
  const last = before?.get(name);
  const record = JSON.stringify(spec ?? {});
  const isSame = last?.record === record;
  return {
    selector,
    record,
    unchanged: isSame ? last.unchanged + 1 : 0,
    isRenewed: before !== undefined && (last?.isRenewed === true || !isSame),
  };
}

/** The selectors that are served, and those of Leases of which it is too early to say whether somebody renews them. */
export type Selectors = { readonly served: readonly LabelSelector[]; readonly uncertain: readonly LabelSelector[] };

/** Says which selectors are served. Pure. */
export function selectorsIn(seen: SeenLeases): Selectors {
  const present = [...seen.values()].filter(({ unchanged }) => unchanged < MOST_UNCHANGED);
  const selectors = (isRenewed: boolean): readonly LabelSelector[] =>
    present.filter((lease) => lease.isRenewed === isRenewed).map(({ selector }) => selector);
  return { served: selectors(true), uncertain: selectors(false) };
}

/** Says which tenants are not served; undefined while that depends on what is uncertain. Pure. */
export function judgeUnserved(
  tenants: readonly Labels[],
  { served, uncertain }: Selectors,
): readonly Unserved[] | undefined {
  const unserved = unservedAmong(tenants, served);
  const isCertain =
    uncertain.length === 0 ||
    countUnserved(unservedAmong(tenants, [...served, ...uncertain])) === countUnserved(unserved);
  return isCertain ? unserved : undefined;
}

/** Lists the Leases in the provider's namespace. */
export type ListLeases = (signal: AbortSignal) => Promise<readonly Lease[]>;

/** What is needed to find tenants that are not served. */
type UnservedTenantsDeps = LeaseOwner & {
  /** Selects the tenants that this process serves. */
  readonly own: LabelSelector;
  readonly listLeases: ListLeases;
  /** The labels that selectors are compared with, of each tenant of whichever shard. */
  readonly tenants: () => readonly Labels[];
  /** Called when other tenants are not served than before. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** Knows which tenants no process serves, from the Leases that the processes hold. */
export class UnservedTenants {
  readonly #deps: UnservedTenantsDeps;
  readonly #failures = new Failures();
  #seen: SeenLeases | undefined;
  #found: readonly Unserved[] | undefined;
  /** What the last judgement depended on, beside the tenants; undefined when these have changed. */
  #judged: string | undefined;

  constructor(deps: UnservedTenantsDeps) {
    this.#deps = deps;
  }

  /** The tenants that no process serves; undefined until that is known. */
  get found(): readonly Unserved[] | undefined {
    return this.#found;
  }

  /** Notes that tenants, or their keys, may have changed. */
  changed(): void {
    this.#judged = undefined;
  }

  /** Looks at the Leases now and then, until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      await this.#deps.clock.sleep(LOOK_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const leases = await this.#list(signal);
    if (leases !== undefined) {
      this.#seen = seeLeases(this.#seen, leases, this.#deps);
      this.#judge(this.#seen);
    }
  }

  async #list(signal: AbortSignal): Promise<readonly Lease[] | undefined> {
    const { listLeases, log } = this.#deps;
    try {
      const leases = await listLeases(signal);
      this.#failures.end("leases");
      return leases;
    } catch (error) {
      if (!signal.aborted) {
        const level = this.#failures.level("leases", error);
        log[level]({ err: error }, "cannot list the Leases, which tell whether each tenant is served, trying again");
      }
      return undefined;
    }
  }

  // Nothing is counted anew while neither tenants nor Leases have changed.
  #judge(seen: SeenLeases): void {
    const { own, tenants, onChange } = this.#deps;
    const { served, uncertain } = selectorsIn(seen);
    const judged = JSON.stringify([served, uncertain].map((selectors) => selectors.map(({ text }) => text)));
    if (judged === this.#judged) {
      return;
    }
    const unserved = judgeUnserved(tenants(), { served: [own, ...served], uncertain });
    this.#judged = judged;
    if (unserved !== undefined && JSON.stringify(unserved) !== JSON.stringify(this.#found)) {
      this.#found = unserved;
      onChange();
    }
  }
}
