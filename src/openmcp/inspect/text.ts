import { printable } from "../command/printable.ts";
import type { Count, Summary, TenantRow } from "./tenant-row.ts";
import type { TracedObject } from "./traced-object.ts";
import type { NodeState, TreeNode } from "./tree.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Writes how long something has been, in at most two units, as kubectl does. */
export function ageText(ms: number): string {
  const units = [
    { unit: "d", size: DAY_MS, alone: 8 },
    { unit: "h", size: HOUR_MS, alone: 8 },
    { unit: "m", size: MINUTE_MS, alone: 10 },
  ];
  for (const [index, { unit, size, alone }] of units.entries()) {
    const whole = Math.floor(ms / size);
    // Below two of a unit the next smaller one says enough.
    if (whole >= 2) {
      const smaller = units[index + 1] ?? { unit: "s", size: SECOND_MS };
      const rest = Math.floor((ms % size) / smaller.size);
      return whole >= alone || rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${smaller.unit}`;
    }
  }
  return `${Math.max(0, Math.floor(ms / SECOND_MS))}s`;
}

/** How old a time is, or nothing where there is no time. */
export function ageOf(time: string | undefined, nowMs: number): string {
  const atMs = Date.parse(time ?? "");
  return Number.isNaN(atMs) ? "" : ageText(nowMs - atMs);
}

const MOST_VALUES = 8;

/** Writes all tenants at a glance, in one line. */
export function summaryLine({ total, failing, byPhase, byReason, byVersion }: Summary): string {
  const parts = [
    `${total} ${total === 1 ? "tenant" : "tenants"}, ${failing} failing`,
    countsText("", byPhase),
    countsText("not Ready: ", byReason),
    countsText("installed: ", byVersion),
  ];
  return printable(parts.filter((part) => part !== "").join("; "));
}

function countsText(label: string, counts: readonly Count[]): string {
  const shown = counts.slice(0, MOST_VALUES).map(({ value, count }) => `${value} ${count}`);
  const left = counts.slice(MOST_VALUES).reduce((sum, { count }) => sum + count, 0);
  return counts.length === 0 ? "" : `${label}${[...shown, ...(left > 0 ? [`others ${left}`] : [])].join(", ")}`;
}

/** How rows are written. */
export type Layout = {
  readonly isWide: boolean;
  readonly nowMs: () => number;
  /** Characters in a line. Default: as many as there are. */
  readonly columns?: number | undefined;
  readonly hasColors: boolean;
};

type Column = { readonly title: string; readonly cell: (row: TenantRow, nowMs: number) => string };

const columns: readonly Column[] = [
  { title: "NAMESPACE", cell: ({ namespace }) => namespace },
  { title: "NAME", cell: ({ name }) => name },
  { title: "PHASE", cell: ({ phase }) => phase },
  { title: "REASON", cell: ({ reason }) => reason },
  { title: "VERSION", cell: versionText },
  { title: "SINCE", cell: ({ since }, nowMs) => ageOf(since, nowMs) },
];

const wideColumns: readonly Column[] = [
  { title: "AGE", cell: ({ createdAt }, nowMs) => ageOf(createdAt, nowMs) },
  { title: "PLATFORM NAMESPACE", cell: ({ platformNamespace }) => platformNamespace },
  { title: "API GROUP", cell: ({ group, followers = [] }) => [group, ...followers].join(",") },
];

const message: Column = { title: "MESSAGE", cell: (row) => row.message };

/** Writes the version that is installed, and the one that is asked for where that is another one. */
export function versionText({ wanted = "", installed = "" }: Pick<TenantRow, "wanted" | "installed">): string {
  const [now, then] = [installed, wanted].map((version) => cutTo(version, LONGEST_VERSION));
  return wanted === installed || wanted === "" ? `${now}` : `${installed === "" ? "none" : now} -> ${then}`;
}

/** A tenant may ask for any text, and the longest one sets the width of the column. */
const LONGEST_VERSION = 64;

/** Writes rows as lines of aligned columns. */
export class RowTable {
  readonly #layout: Layout;
  readonly #columns: readonly Column[];
  readonly #widths: readonly number[];

  /** Takes the widths of the columns from these rows. */
  constructor(rows: Iterable<TenantRow>, layout: Layout) {
    this.#layout = layout;
    this.#columns = [...columns, ...(layout.isWide ? wideColumns : []), message];
    const widths = this.#columns.map(({ title }) => title.length);
    for (const row of rows) {
      this.#cellsOf(row).forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
    }
    this.#widths = widths;
  }

  titles(): string {
    return this.#line(this.#columns.map(({ title }) => title));
  }

  line(row: TenantRow): string {
    return colored(this.#line(this.#cellsOf(row)), moodOf(row), this.#layout);
  }

  #cellsOf(row: TenantRow): readonly string[] {
    return this.#columns.map(({ cell }) => printable(cell(row, this.#layout.nowMs())));
  }

  #line(cells: readonly string[]): string {
    // Without the last one, the message: each line would be as long as the longest message.
    const padded = cells.slice(0, -1).map((cell, index) => cell.padEnd(this.#widths[index] ?? 0));
    return cutTo([...padded, ...cells.slice(-1)].join("  "), this.#layout.columns);
  }
}

/** Cuts a line to a width. */
function cutTo(line: string, width: number | undefined): string {
  const whole = line.trimEnd();
  return width === undefined || whole.length <= width ? whole : `${whole.slice(0, Math.max(0, width - 1))}…`;
}

/** What a color says. */
type Mood = "good" | "busy" | "bad";

const COLORS: Readonly<Record<Mood, string>> = { good: "", busy: "\u001B[33m", bad: "\u001B[31m" };

/** Writes a text in a color, where colors are wanted. */
function colored(text: string, mood: Mood, { hasColors }: Pick<Layout, "hasColors">): string {
  return hasColors && COLORS[mood] !== "" ? `${COLORS[mood]}${text}\u001B[0m` : text;
}

/** The color of a tenant. */
function moodOf({ isFailing, phase }: Pick<TenantRow, "isFailing" | "phase">): Mood {
  return isFailing ? "bad" : phase === "Ready" ? "good" : "busy";
}

/** Names a cluster for the reader. */
export const PLACES: Readonly<Record<TreeNode["cluster"], string>> = {
  onboarding: "onboarding cluster",
  platform: "platform cluster",
  mcp: "control plane",
  workload: "workload cluster",
};

const MOODS: Readonly<Record<NodeState, Mood>> = {
  ready: "good",
  waiting: "busy",
  absent: "busy",
  unknown: "bad",
  failed: "bad",
  foreign: "bad",
};

/** Writes a tree as lines, each with its line break: objects with their states, their messages and latest Events. */
export function* treeLines(tree: TreeNode, layout: Omit<Layout, "isWide">): Generator<string> {
  yield* nodeLines(tree, { own: "", below: "" }, layout);
}

type Indent = { readonly own: string; readonly below: string };

function* nodeLines(node: TreeNode, indent: Indent, layout: Omit<Layout, "isWide">): Generator<string> {
  yield `${indent.own}${colored(printable(titleOf(node, layout.nowMs())), MOODS[node.state], layout)}\n`;
  const rest = `${indent.below}${node.children.length > 0 ? "│ " : "  "}`;
  for (const line of factsOf(node, layout.nowMs())) {
    yield `${rest}  ${printable(line)}\n`;
  }
  for (const [index, child] of node.children.entries()) {
    const isLast = index === node.children.length - 1;
    const [branch, below] = isLast ? ["└─ ", "   "] : ["├─ ", "│  "];
    yield* nodeLines(child, { own: `${indent.below}${branch}`, below: `${indent.below}${below}` }, layout);
  }
}

function titleOf(
  { kind, namespace, name, cluster, state, version, since, createdAt }: TreeNode,
  nowMs: number,
): string {
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  const age = [
    since === undefined ? "" : `for ${ageOf(since, nowMs)}`,
    createdAt === undefined ? "" : `age ${ageOf(createdAt, nowMs)}`,
  ];
  const facts = [version, ...age].filter((fact) => fact !== undefined && fact !== "");
  return `${kind} ${path} (${PLACES[cluster]}): ${state}${facts.length > 0 ? `, ${facts.join(", ")}` : ""}`;
}

function factsOf({ message: text, details = {}, events }: TreeNode, nowMs: number): readonly string[] {
  return [
    ...(text === "" ? [] : text.trimEnd().split("\n")),
    ...Object.entries(details).map(([name, value]) => `${name}: ${value}`),
    ...events.map(({ type, reason, message: said, at, count }) => {
      const times = count > 1 ? ` (${count} times)` : "";
      return `${type} Event ${at === undefined ? "" : `${ageOf(at, nowMs)} ago`}${times}: ${reason}: ${said.trim()}`;
    }),
  ];
}

/** Writes whose an object is, as lines, each with its line break. */
export function* traceLines(
  {
    object,
    tenant,
    path,
  }: {
    readonly object?: TracedObject | undefined;
    readonly tenant?: TenantRow | undefined;
    readonly path: readonly TreeNode[];
  },
  layout: Omit<Layout, "isWide">,
): Generator<string> {
  if (object === undefined) {
    yield* tenant === undefined ? [] : [`namespace ${tenant.platformNamespace}: ${printable(ofTenant(tenant))}\n`];
    return;
  }
  const { cluster, kind, namespace, name } = object;
  yield `${printable(`${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`)} on the ${PLACES[cluster]}\n`;
  yield* factLines([
    ["tenant", tenant === undefined ? "none: the object is in no tenant's namespace" : ofTenant(tenant)],
    ["part of the installation", partText(path.at(-1))],
    ...objectFacts(object, layout.nowMs()),
  ]);
  for (const [depth, node] of path.entries()) {
    const indent = depth === 0 ? "" : `${"   ".repeat(depth - 1)}└─ `;
    yield* nodeLines(node, { own: indent, below: " ".repeat(indent.length) }, layout);
  }
}

function ofTenant({ namespace, name, phase, reason, isFailing, ...row }: TenantRow): string {
  const version = versionText(row);
  const state = [phase, ...(isFailing ? ["failing"] : []), ...(version === "" ? [] : [`version ${version}`])].join(
    ", ",
  );
  return `${namespace}/${name} (${state}: ${reason})`;
}

function objectFacts(object: TracedObject, nowMs: number): readonly (readonly [string, string])[] {
  const { madeBy, writers, finalizers, owners, operation, createdAt, deletedAt } = object;
  return [
    ["made by", madeBy],
    ["written by", writers.join(", ")],
    ["age", ageOf(createdAt, nowMs)],
    ["being deleted", deletedAt === undefined ? "no" : `for ${ageOf(deletedAt, nowMs)}`],
    ...finalizers.map((finalizer): readonly [string, string] => ["held by", `${finalizer.name}: ${finalizer.removal}`]),
    ["owned by", owners.join(", ")],
    ["operation", operation ?? ""],
  ];
}

function partText(node: TreeNode | undefined): string {
  if (node?.state === "foreign") {
    return "no, but the installation needs the name";
  }
  return node === undefined ? "no" : "yes";
}

function* factLines(facts: readonly (readonly [string, string])[]): Generator<string> {
  const shown = facts.filter(([, value]) => value !== "");
  const width = Math.max(...shown.map(([name]) => name.length));
  yield* shown.values().map(([name, value]) => `  ${`${name}:`.padEnd(width + 1)} ${printable(value)}\n`);
}
