import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Row } from "./rows.ts";

/** The rows of one number of tenants. */
export type RunResult = {
  readonly tenants: number;
  readonly rows: readonly Row[];
  /** Requests per tenant by verb and resource, for each phase. */
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Writes of the bare client that were refused. */
  readonly refused: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

/** What a file of results says. */
export type BenchResult = {
  readonly what: string;
  readonly at: string;
  readonly commit: string;
  readonly machine: {
    readonly cores: number;
    readonly node: string;
    readonly loadBefore: number;
    readonly niceness: number;
  };
  readonly runs: readonly RunResult[];
};

const FOLDER = join(import.meta.dirname, "..", "results");

/** The newest committed result of the same measurement. */
export async function lastResult(what: string): Promise<BenchResult | undefined> {
  await mkdir(FOLDER, { recursive: true });
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(`-${what}.json`)).toSorted();
  const last = files.at(-1);
  return last === undefined ? undefined : (JSON.parse(await readFile(join(FOLDER, last), "utf8")) as BenchResult);
}

/** Writes a result, and returns its path. */
export async function writeResult(result: BenchResult, path?: string): Promise<string> {
  const file = path ?? join(FOLDER, `${result.at.slice(0, 16).replaceAll(":", "")}-${result.what}.json`);
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}

/** The table of one run, as lines of Markdown, each figure beside that of an earlier result. */
export function tableOf({ tenants, rows }: RunResult, last: BenchResult | undefined): readonly string[] {
  const before = last?.runs.find((run) => run.tenants === tenants)?.rows ?? [];
  const cells = rows.map(({ name, unit, measured, bare, goal, go }) => [
    unit === "" ? name : `${name}, ${unit}`,
    round(measured),
    goal === undefined ? "" : `${measured <= goal ? "≤" : "**missed:**"} ${round(goal)}`,
    round(bare),
    round(go),
    round(before.find((earlier) => earlier.name === name)?.measured),
  ]);
  const head = [`${tenants} tenants`, "measured", "goal", "bare client", "Go, 100 tenants", "last result"];
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((line) => line[column]?.length ?? 0)));
  const padded = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [padded(head), rule, ...cells.map(padded)];
}

/** What a tenant costs among the most tenants, in times of what one costs among the fewest. */
export function flatness(runs: readonly RunResult[]): readonly string[] {
  const sorted = runs.toSorted((one, other) => one.tenants - other.tenants);
  const [few, many] = [sorted[0], sorted.at(-1)];
  if (few === undefined || many === undefined || few === many) {
    return [];
  }
  return many.rows
    .filter(({ name }) => name.includes("per tenant"))
    .map(({ name, measured }) => {
      const before = few.rows.find((row) => row.name === name)?.measured ?? Number.NaN;
      return `${name}: ${round(measured / before)} times as much at ${many.tenants} tenants as at ${few.tenants}`;
    });
}

// Three significant digits are more than a measurement on a shared machine is good for.
function round(value: number | undefined): string {
  if (value === undefined) {
    return "";
  }
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
