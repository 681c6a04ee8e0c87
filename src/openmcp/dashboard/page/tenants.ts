import type { TenantRow } from "../../inspect/tenant-row.ts";
import { keyOfRow, type RowsMessage } from "../messages.ts";

/** How a tenant is, in one word. What fails comes first, whatever else is true of it. */
export type TenantState = "failing" | "deleting" | "progressing" | "ready" | "unknown";

/** In the order in which an operator wants to know. */
const TENANT_STATES: readonly TenantState[] = ["failing", "deleting", "progressing", "unknown", "ready"];

/** A tenant, and what is computed of it once. */
export type Tenant = {
  readonly key: string;
  readonly row: TenantRow;
  readonly state: TenantState;
  /** Everything that a filter can find, in lower case. */
  readonly haystack: string;
};

/** By what tenants can be counted and filtered. */
export type FacetName = "state" | "reason" | "version";

export const FACETS: readonly FacetName[] = ["state", "reason", "version"];

export type SortName = "failing" | "name" | "newest" | "changed";

/** Which tenants are shown, and in which order. */
export type Selection = {
  /** Words that each have to occur somewhere in a tenant. */
  readonly text: string;
  /** Values of which a tenant has to have one; all tenants where there are none. */
  readonly chosen: Readonly<Record<FacetName, readonly string[]>>;
  readonly sort: SortName;
};

export const EVERYTHING: Selection = { text: "", chosen: { state: [], reason: [], version: [] }, sort: "failing" };

/** How many tenants have a value. */
export type Count = { readonly value: string; readonly count: number };

/** What a selection leaves. */
export type View = {
  readonly tenants: readonly Tenant[];
  /** Counts of a facet take every filter into account but its own. */
  readonly counts: Readonly<Record<FacetName, readonly Count[]>>;
  /** Of all tenants, whatever is selected. */
  readonly total: readonly Count[];
};

/** Tenants as the page knows them. */
export class Tenants {
  readonly #tenants = new Map<string, Tenant>();

  /** Takes what has changed in. */
  take({ startsAnew, rows, gone }: RowsMessage): void {
    if (startsAnew) {
      this.#tenants.clear();
    }
    for (const row of rows) {
      const tenant = toTenant(row);
      this.#tenants.set(tenant.key, tenant);
    }
    gone.forEach((key) => this.#tenants.delete(key));
  }

  get(key: string): Tenant | undefined {
    return this.#tenants.get(key);
  }

  get size(): number {
    return this.#tenants.size;
  }

  view({ text, chosen, sort }: Selection): View {
    const all = [...this.#tenants.values()];
    const words = text
      .toLowerCase()
      .split(/\s+/u)
      .filter((word) => word !== "");
    const found = all.filter(({ haystack }) => words.every((word) => haystack.includes(word)));
    const without = (except?: FacetName): readonly Tenant[] => {
      const facets = FACETS.filter((facet) => facet !== except && chosen[facet].length > 0);
      return facets.length === 0
        ? found
        : found.filter((tenant) => facets.every((facet) => chosen[facet].includes(valueOf(tenant, facet) ?? "")));
    };
    const counts = (facet: FacetName): readonly Count[] => withChosen(count(without(facet), facet), chosen[facet]);
    return {
      tenants: without().toSorted(ORDERS[sort]),
      counts: { state: counts("state"), reason: counts("reason"), version: counts("version") },
      total: count(all, "state"),
    };
  }
}

function toTenant(row: TenantRow): Tenant {
  const { namespace, name, phase, reason, message, wanted = "", installed = "", platformNamespace } = row;
  const texts = [`${namespace}/${name}`, phase, reason, message, wanted, installed, platformNamespace];
  return { key: keyOfRow(row), row, state: stateOf(row), haystack: texts.join("\n").toLowerCase() };
}

/** How a tenant is, in one word. */
export function stateOf({ isFailing, phase }: Pick<TenantRow, "isFailing" | "phase">): TenantState {
  if (isFailing) {
    return "failing";
  }
  switch (phase) {
    case "Ready":
      return "ready";
    case "Progressing":
      return "progressing";
    case "Terminating":
      return "deleting";
    default:
      return "unknown";
  }
}

/** Stands for the version of a tenant on whose control plane nothing is installed. */
export const NO_VERSION = "none";

// As the summary of `status` counts: what is installed, and why a tenant is not Ready.
function valueOf({ state, row }: Tenant, facet: FacetName): string | undefined {
  switch (facet) {
    case "state":
      return state;
    case "reason":
      return row.phase === "Ready" ? undefined : row.reason;
    case "version":
      return row.installed ?? NO_VERSION;
  }
}

function count(tenants: readonly Tenant[], facet: FacetName): readonly Count[] {
  const counts = new Map<string, number>();
  for (const tenant of tenants) {
    const value = valueOf(tenant, facet);
    if (value !== undefined) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  const entries = Array.from(counts, ([value, number]) => ({ value, count: number }));
  return facet === "state"
    ? entries.toSorted((one, other) => rank(one.value) - rank(other.value))
    : entries.toSorted((one, other) => other.count - one.count || compare(one.value, other.value));
}

// Whoever has chosen a value must be able to take that back, also when no tenant has it any more.
function withChosen(counts: readonly Count[], chosen: readonly string[]): readonly Count[] {
  const absent = chosen.filter((value) => !counts.some((known) => known.value === value));
  return [...counts, ...absent.map((value) => ({ value, count: 0 }))];
}

function rank(state: string): number {
  return TENANT_STATES.findIndex((known) => known === state);
}

type Order = (one: Tenant, other: Tenant) => number;

const byName: Order = (one, other) => compare(one.key, other.key);

const ORDERS: Readonly<Record<SortName, Order>> = {
  failing: (one, other) => rank(one.state) - rank(other.state) || byName(one, other),
  name: byName,
  newest: (one, other) => compare(other.row.createdAt ?? "", one.row.createdAt ?? "") || byName(one, other),
  changed: (one, other) => compare(other.row.since ?? "", one.row.since ?? "") || byName(one, other),
};

// Names and times are ASCII: their order needs no locale, which would take ten times as long.
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
