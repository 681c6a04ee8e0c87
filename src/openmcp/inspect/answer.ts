import type { CommandContext } from "../command/command.ts";
import type { FORMATS } from "./flag-values.ts";
import { type SortKey, sortRows, summarize, type Summary, type TenantRow } from "./tenant-row.ts";
import { type Layout, RowTable, summaryLine, treeLines } from "./text.ts";
import type { TreeNode } from "./tree.ts";

/** One of the formats of an answer. */
export type Format = (typeof FORMATS)[number];

/** Names the shape of JSON and YAML. Fields may be added to a shape; a change of what is there gets another name. */
export const SCHEMAS = {
  list: "status.tenants/v1",
  tree: "status.tree/v1",
  change: "status.change/v1",
  trace: "trace/v1",
} as const;

/** Where and how an answer is written. */
export type Answering = Pick<CommandContext, "write" | "columns" | "hasColors"> & {
  readonly format: Format;
  readonly nowMs: () => number;
};

/** How an answer is laid out as text. */
export function layoutOf({ format, nowMs, columns, hasColors }: Answering): Layout {
  return { isWide: format === "wide", nowMs, columns: columns(), hasColors };
}

/** Which tenants are written, and in which order. */
export type Choice = { readonly onlyFailing: boolean; readonly sort: SortKey };

/** Returns the rows that are to be written, in their order. Pure. */
export function choose(rows: readonly TenantRow[], { onlyFailing, sort }: Choice): readonly TenantRow[] {
  return sortRows(onlyFailing ? rows.filter(({ isFailing }) => isFailing) : rows, sort);
}

/** Writes all tenants, part by part: first at a glance, then those that are chosen. */
export async function writeTenants(rows: readonly TenantRow[], choice: Choice, to: Answering): Promise<void> {
  for await (const part of inBatches(listParts(summarize(rows), choose(rows, choice), to))) {
    await to.write(part);
  }
}

/** Writes one tenant with all that belongs to it. */
export async function writeTree(tenant: TenantRow, tree: TreeNode, to: Answering): Promise<void> {
  if (to.format === "json" || to.format === "yaml") {
    await to.write(await toText({ schema: SCHEMAS.tree, tenant, tree }, to.format));
    return;
  }
  await to.write([...treeLines(tree, layoutOf(to))].join(""));
}

async function* listParts(summary: Summary, rows: readonly TenantRow[], to: Answering): AsyncGenerator<string> {
  switch (to.format) {
    case "table":
    case "wide":
      yield* tableParts(summary, rows, to);
      return;
    case "json":
      yield* jsonParts(summary, rows);
      return;
    case "yaml":
      yield* yamlParts(summary, rows);
  }
}

function* tableParts(summary: Summary, rows: readonly TenantRow[], to: Answering): Generator<string> {
  yield `${summaryLine(summary)}\n`;
  if (rows.length > 0) {
    const table = new RowTable(rows, layoutOf(to));
    yield `${table.titles()}\n`;
    yield* rows.values().map((row) => `${table.line(row)}\n`);
  }
}

function* jsonParts(summary: Summary, rows: readonly TenantRow[]): Generator<string> {
  yield `{"schema":${JSON.stringify(SCHEMAS.list)},\n"summary":${JSON.stringify(summary)},\n"tenants":[`;
  yield* rows.values().map((row, index) => `${index === 0 ? "" : ","}\n${JSON.stringify(row)}`);
  yield "]}\n";
}

async function* yamlParts(summary: Summary, rows: readonly TenantRow[]): AsyncGenerator<string> {
  const { dump } = await import("js-yaml");
  yield dump({ schema: SCHEMAS.list, summary });
  yield rows.length === 0 ? "tenants: []\n" : "tenants:\n";
  yield* rows.values().map((row) => dump([row], { lineWidth: -1 }));
}

/** Writes a value as one document. */
export async function toText(value: unknown, format: "json" | "yaml"): Promise<string> {
  if (format === "json") {
    return `${JSON.stringify(value, undefined, 2)}\n`;
  }
  const { dump } = await import("js-yaml");
  return `---\n${dump(value, { lineWidth: -1 })}`;
}

const BATCH_LENGTH = 64 * 1024;

/** Joins small parts, so that ten thousand lines are not as many writes. */
async function* inBatches(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let batch = "";
  for await (const part of parts) {
    batch += part;
    if (batch.length >= BATCH_LENGTH) {
      yield batch;
      batch = "";
    }
  }
  yield batch;
}
