import { type Condition, isTerminating, type KubeObject } from "../../kube/object.ts";
import { groupOf } from "../../kube/resource.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import { tenantNamespace } from "../platform/names.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import { chooseLeader, isHeld } from "../service/served.ts";
import type { Phase, ServiceObject } from "../service/status.ts";
import { tenantState } from "../service/tenant-state.ts";
import type { SORT_KEYS } from "./flag-values.ts";

/** One object of a tenant in a line. Plain data, which becomes JSON. */
export type TenantRow = {
  /** API group of the object. */
  readonly group: string;
  readonly namespace: string;
  readonly name: string;
  readonly phase: Phase;
  /** Reason of the condition that is to blame for the phase; that of `Ready` if none is. */
  readonly reason: string;
  /** Message of `Ready`, with secrets masked. */
  readonly message: string;
  /** The version that the object asks for. */
  readonly wanted?: string;
  readonly installed?: string;
  /** RFC 3339, as every time here. */
  readonly createdAt?: string;
  /** When `Ready` last became True, or stopped being True. */
  readonly since?: string;
  readonly deletedAt?: string;
  /** Somebody has to look after the tenant. */
  readonly isFailing: boolean;
  /** Of the objects of one name in several API groups, this one says what is installed. */
  readonly leads: boolean;
  /** The object has the provider's finalizer: something has been begun for it. */
  readonly isHeld: boolean;
  /** API groups of the objects of the same name that follow this one. */
  readonly followers?: readonly string[];
  /** Namespace on the platform cluster that has all that belongs to the tenant. */
  readonly platformNamespace: string;
};

/** What the rows of a provider depend on. */
export type RowRules<T extends ServiceObject = ServiceObject> = Pick<
  ProviderDefinition<T, ServiceObject, unknown>,
  "versionsOf" | "isRemovalFailing"
>;

/** Returns the row of one object, as if it were the only one of its name. Pure. */
export function rowOf<T extends ServiceObject>(object: T, rules: RowRules<T>): TenantRow {
  const { name, namespace = "" } = object.metadata;
  const { phase, reason, isFailing } = tenantState(object, rules);
  const ready = findCondition(object.status?.conditions, "Ready");
  return {
    group: groupOf(object.apiVersion),
    namespace,
    name,
    phase,
    reason,
    message: maskSecrets(ready?.message ?? (isTerminating(object) ? "is being deleted" : "not looked at yet")),
    ...rules.versionsOf?.(object),
    ...timesOf(object, ready),
    isFailing,
    leads: true,
    isHeld: isHeld(object),
    platformNamespace: tenantNamespace(name, namespace),
  };
}

function timesOf(
  { metadata: { creationTimestamp, deletionTimestamp } }: KubeObject,
  ready: Condition | undefined,
): Pick<TenantRow, "createdAt" | "since" | "deletedAt"> {
  return {
    ...(creationTimestamp !== undefined && { createdAt: creationTimestamp }),
    ...(ready !== undefined && { since: ready.lastTransitionTime }),
    ...(deletionTimestamp !== undefined && { deletedAt: deletionTimestamp }),
  };
}

/**
 * Returns the one row of an installation, of the rows of all objects of one name in the order of their API groups; the
 * row that leads says which groups follow. Pure.
 */
export function leadingRow(rows: readonly TenantRow[]): TenantRow | undefined {
  const leader = chooseLeader(rows, {
    isTerminating: ({ deletedAt }) => deletedAt !== undefined,
    isHeld: (row) => row.isHeld,
  });
  const followers = rows.filter((row) => row !== leader).map(({ group }) => group);
  return leader === undefined || followers.length === 0 ? leader : { ...leader, followers };
}

/** How many tenants have one value, the most frequent value first. */
export type Count = { readonly value: string; readonly count: number };

/** All tenants at a glance. Plain data, which becomes JSON. */
export type Summary = {
  readonly total: number;
  readonly failing: number;
  readonly byPhase: readonly Count[];
  /** By what is installed; `none` stands for tenants without any version. */
  readonly byVersion: readonly Count[];
  /** Of the tenants that are not Ready. */
  readonly byReason: readonly Count[];
};

/** Counts rows. Pure. */
export function summarize(rows: Iterable<TenantRow>): Summary {
  const all = [...rows];
  return {
    total: all.length,
    failing: all.filter(({ isFailing }) => isFailing).length,
    byPhase: countBy(all, ({ phase }) => phase),
    byVersion: countBy(all, ({ installed }) => installed ?? "none"),
    byReason: countBy(
      all.filter(({ phase }) => phase !== "Ready"),
      ({ reason }) => reason,
    ),
  };
}

function countBy(rows: readonly TenantRow[], valueOf: (row: TenantRow) => string): readonly Count[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = valueOf(row);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return Array.from(counts, ([value, count]) => ({ value, count })).toSorted(
    (one, other) => other.count - one.count || compareText(one.value, other.value),
  );
}

/** One of the keys that tenants can be sorted by. */
export type SortKey = (typeof SORT_KEYS)[number];

/**
 * Sorts rows. Tenants of equal rank come in the order of their names. Pure.
 *
 * - `state`: those that fail first, then those that are not Ready, and in each of these the latest change first.
 * - `age` and `since`: the latest first.
 */
export function sortRows(rows: readonly TenantRow[], key: SortKey): readonly TenantRow[] {
  return rows.toSorted((one, other) => ORDERS[key](one, other) || byName(one, other));
}

type Order = (one: TenantRow, other: TenantRow) => number;

const byName: Order = (one, other) => compareText(one.namespace, other.namespace) || compareText(one.name, other.name);

const latestFirst =
  (field: "since" | "createdAt"): Order =>
  (one, other) =>
    compareText(other[field] ?? "", one[field] ?? "");

const ORDERS: Readonly<Record<SortKey, Order>> = {
  state: (one, other) =>
    rankOf(one) - rankOf(other) || (rankOf(one) < READY_RANK ? latestFirst("since")(one, other) : 0),
  name: byName,
  version: (one, other) =>
    compareText(one.installed ?? "", other.installed ?? "") || compareText(one.wanted ?? "", other.wanted ?? ""),
  age: latestFirst("createdAt"),
  since: latestFirst("since"),
};

const READY_RANK = 2;

function rankOf({ isFailing, phase }: TenantRow): number {
  if (isFailing) {
    return 0;
  }
  return phase === "Ready" ? READY_RANK : 1;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
