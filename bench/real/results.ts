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

/** A tenant among many may cost so many times as much as one among few. */
const FLAT = 1.3;

const FOLDER = join(import.meta.dirname, "..", "results");

/** The runs whose results are kept, the newest last. */
export async function earlierRuns(what: string): Promise<readonly RunResult[]> {
  await mkdir(FOLDER, { recursive: true });
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(`-${what}.json`)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(FOLDER, file), "utf8")));
  return texts.flatMap((text) => (JSON.parse(text) as BenchResult).runs);
}

/** Writes a result, and returns its path. */
export async function writeResult(result: BenchResult, path?: string): Promise<string> {
  const file = path ?? join(FOLDER, `${result.at.slice(0, 16).replaceAll(":", "")}-${result.what}.json`);
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}

/** The table of one run, as lines of Markdown, each figure beside that of the last earlier run with as many tenants. */
export function tableOf({ tenants, rows }: RunResult, earlier: readonly RunResult[]): readonly string[] {
  const before = earlier.findLast((run) => run.tenants === tenants)?.rows ?? [];
  const cells = rows.map((row) => [
    ...cellsOf(row),
    round(row.bare),
    round(row.go),
    round(before.find(({ name }) => name === row.name)?.measured),
  ]);
  const head = [`${tenants} tenants`, "measured", "goal", "bare client", "Go, 100 tenants", "last result"];
  return markdown(head, cells);
}

/** The table of tenants with troubled neighbours, each figure beside that of the same tenants in calm times. */
export function comparedTableOf({ tenants, rows }: RunResult, troubles: string): readonly string[] {
  const cells = rows.map((row) => [
    ...cellsOf(row),
    round(row.calm),
    row.calm === undefined || row.calm === 0 ? "" : round(row.measured / row.calm),
  ]);
  return markdown([`${tenants} tenants, ${troubles}`, "measured", "goal", "in calm times", "times"], cells);
}

function cellsOf({ name, unit, measured, goal }: Row): readonly string[] {
  return [unit === "" ? name : `${name}, ${unit}`, round(measured), goal === undefined ? "" : judged(measured, goal)];
}

function judged(measured: number, goal: number): string {
  return `${measured <= goal ? "≤" : "**missed:**"} ${round(goal)}`;
}

function markdown(head: readonly string[], cells: readonly (readonly string[])[]): readonly string[] {
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
      const times = measured / before;
      const found = `${round(times)} times as much at ${many.tenants} tenants as at ${few.tenants}`;
      return `${name}: ${found}, goal: ${judged(times, FLAT)}`;
    });
}

// Three significant digits are more than a measurement on a shared machine is good for.
function round(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) {
    return "";
  }
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
