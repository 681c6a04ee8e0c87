import { toJson } from "../../kube/json.ts";
import type { DryRunChange } from "../../runtime/dry-run-client.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Report } from "../service/status.ts";
import type { ComparedTenant } from "./compare-live.ts";
import { type FieldChange, fieldChanges, type Hidden } from "./field-changes.ts";

/** What becomes of an object. */
export type Verb = "create" | "change" | "delete";

/** Objects that change in the same fields. */
export type ChangeGroup = {
  readonly verb: Verb;
  readonly cluster: "platform" | "target";
  readonly kind: string;
  /** Empty for objects that come or go. */
  readonly fields: readonly string[];
  readonly count: number;
  /** The most frequent changes first. */
  readonly diffs: readonly Diff[];
  /** How many objects have yet other changes of the same fields. */
  readonly further: number;
};

/** Objects that change from the same values to the same values. */
export type Diff = {
  readonly changes: readonly FieldChange[];
  readonly count: number;
  /** Keys of the tenants whose objects these are, as far as they are kept. */
  readonly tenants: readonly string[];
};

/** Tenants of which the same is said. */
export type Remark = Pick<Report, "type" | "state" | "reason" | "message"> & {
  readonly count: number;
  readonly tenants: readonly string[];
};

/** How many objects of a kind are there, and what becomes of them. */
export type KindCount = { readonly kind: string; readonly total: number } & Readonly<Record<Verb, number>>;

/** What a change does to all tenants. */
export type Comparison = {
  readonly tenants: number;
  readonly changedTenants: number;
  readonly kinds: readonly KindCount[];
  readonly groups: readonly ChangeGroup[];
  readonly remarks: readonly Remark[];
};

/** Of one diff or remark. */
const MOST_TENANTS = 1000;
/** Of one group. */
const MOST_DIFFS = 100;

type Counted = { count: number; readonly tenants: string[] };
type Group = Pick<ChangeGroup, "verb" | "cluster" | "kind" | "fields"> & {
  readonly diffs: Map<string, Counted & Pick<Diff, "changes">>;
  count: number;
  further: number;
};
type Counts = { total: number } & Record<Verb, number>;

/**
 * Sums up what becomes of tenants, one after the other. The memory depends on how many different changes there are, not on
 * how many tenants.
 */
export class ComparisonCollector {
  readonly #hidden: Hidden;
  readonly #keepingReasons: ReadonlySet<string>;
  readonly #kinds = new Map<string, Counts>();
  readonly #groups = new Map<string, Group>();
  readonly #remarks = new Map<string, Counted & Pick<Report, "type" | "state" | "reason" | "message">>();
  #tenants = 0;
  #changedTenants = 0;

  constructor(hints: Hidden & { readonly keepingReasons?: readonly string[] }) {
    this.#hidden = hints;
    this.#keepingReasons = new Set(hints.keepingReasons);
  }

  add({ object, counts, platform, target, reports }: ComparedTenant): void {
    const tenant = keyOf(object);
    counts.forEach((count, kind) => (this.#countsOf(kind).total += count));
    const changes = [
      ...platform.map((change) => this.#addChange(tenant, "platform", change)),
      ...target.map((change) => this.#addChange(tenant, "target", change)),
    ];
    this.#tenants += 1;
    this.#changedTenants += changes.some(Boolean) ? 1 : 0;
    reports.filter((report) => this.#isNotable(report)).forEach((report) => this.#addRemark(tenant, report));
  }

  get result(): Comparison {
    const groups = [...this.#groups.values()].toSorted(byCount);
    return {
      tenants: this.#tenants,
      changedTenants: this.#changedTenants,
      kinds: [...this.#kinds].map(([kind, counts]) => ({ kind, ...counts })).filter(isChanged),
      groups: groups.map(({ diffs, ...group }) => ({
        ...group,
        diffs: [...diffs.values()].map(sorted).toSorted(byCount),
      })),
      remarks: [...this.#remarks.values()].map(sorted).toSorted(byCount),
    };
  }

  /** Returns whether there is a change. */
  #addChange(tenant: string, cluster: ChangeGroup["cluster"], change: DryRunChange): boolean {
    const described = describeChange(change, this.#hidden);
    if (described === undefined) {
      return false;
    }
    const { verb, kind, changes } = described;
    const fields = changes.map(({ field }) => field);
    const key = toJson([verb, cluster, kind, fields]);
    const group = this.#groups.get(key) ?? { verb, cluster, kind, fields, count: 0, further: 0, diffs: new Map() };
    this.#groups.set(key, group);
    if (cluster === "platform") {
      this.#countsOf(kind)[verb] += 1;
    }
    group.count += 1;
    addDiff(group, changes, tenant);
    return true;
  }

  #addRemark(tenant: string, { type, state, reason, message }: Report): void {
    const key = toJson([type, state, reason, message]);
    const remark = this.#remarks.get(key) ?? { type, state, reason, message, count: 0, tenants: [] };
    this.#remarks.set(key, remark);
    countTenant(remark, tenant);
  }

  #isNotable({ state, reason }: Report): boolean {
    return state !== "done" || this.#keepingReasons.has(reason);
  }

  #countsOf(kind: string): Counts {
    const counts = this.#kinds.get(kind) ?? { total: 0, create: 0, change: 0, delete: 0 };
    this.#kinds.set(kind, counts);
    return counts;
  }
}

function addDiff(group: Group, changes: readonly FieldChange[], tenant: string): void {
  const key = toJson(changes);
  const diff = group.diffs.get(key);
  if (diff === undefined && group.diffs.size >= MOST_DIFFS) {
    group.further += 1;
    return;
  }
  const counted = diff ?? { changes, count: 0, tenants: [] };
  group.diffs.set(key, counted);
  countTenant(counted, tenant);
}

function countTenant(counted: Counted, tenant: string): void {
  counted.count += 1;
  if (counted.tenants.length < MOST_TENANTS) {
    counted.tenants.push(tenant);
  }
}

/** Tenants come in the order of their namespaces on the platform, which says nothing to people. */
function sorted<C extends Counted>(counted: C): C {
  return { ...counted, tenants: counted.tenants.toSorted() };
}

function byCount(one: { readonly count: number }, other: { readonly count: number }): number {
  return other.count - one.count;
}

function isChanged({ create, change, delete: deleted }: KindCount): boolean {
  return create + change + deleted > 0;
}

/** Says what becomes of an object; undefined when nothing does. Pure. */
function describeChange(
  { resource, before, after }: DryRunChange,
  hidden: Hidden,
): { readonly verb: Verb; readonly kind: string; readonly changes: readonly FieldChange[] } | undefined {
  const kind = resource.kind;
  if (before === undefined || after === undefined) {
    const verb = before === undefined ? "create" : "delete";
    return before === after ? undefined : { verb, kind, changes: [] };
  }
  const changes = fieldChanges(before, after, hidden);
  return changes.length === 0 ? undefined : { verb: "change", kind, changes };
}
