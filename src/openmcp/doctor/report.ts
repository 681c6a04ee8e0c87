import type { Program } from "../command/command.ts";
import { printable } from "../command/printable.ts";
import type { Finding, Level } from "../service/finding.ts";

const LABELS: Readonly<Record<Level, string>> = { ok: "ok", warning: "WARNING", failed: "FAILED", unknown: "unknown" };
const WIDTH = 8;
const COLORS: Readonly<Record<Level, number>> = { ok: 32, warning: 33, failed: 31, unknown: 36 };
const LEVELS = ["failed", "warning", "unknown", "ok"] as const;

/** Describes a finding for people: a line, and what to do beneath it. */
export function findingText({ check, level, found, expected, advice }: Finding, hasColors: boolean): string {
  const label = LABELS[level].padEnd(WIDTH);
  const shown = hasColors ? `\u001b[${COLORS[level]}m${label}\u001b[0m` : label;
  const indent = " ".repeat(WIDTH);
  return [
    `${shown}${check}: ${printable(found)}`,
    ...(expected === undefined ? [] : [`${indent}expected: ${printable(expected)}`]),
    ...(advice === undefined ? [] : [`${indent}do: ${printable(advice)}`]),
    "",
  ].join("\n");
}

/** Counts findings, the worst first, in one line. */
export function summaryText(findings: readonly Finding[]): string {
  const counts = LEVELS.map((level) => [level, countOf(level, findings)] as const);
  const words = counts
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count} ${level === "warning" && count > 1 ? "warnings" : level}`);
  return `${words.join(", ")}\n`;
}

/** The findings as JSON: the shape in docs/inspect.md. */
export function reportJson(
  findings: readonly Finding[],
  { program, nowMs }: { readonly program: Pick<Program, "name" | "version">; readonly nowMs: number },
): string {
  const summary = Object.fromEntries(LEVELS.map((level) => [level, countOf(level, findings)]));
  const report = {
    schema: "doctor/v1",
    program: program.name,
    version: program.version,
    time: new Date(nowMs).toISOString(),
    summary,
    findings,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function countOf(level: Level, findings: readonly Finding[]): number {
  return findings.filter((finding) => finding.level === level).length;
}

/** Whether anything has failed. */
export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === "failed");
}
