import { availableParallelism, loadavg } from "node:os";

import type { Distribution } from "./distribution.ts";

/** One measured value. */
export type Figure = { readonly name: string; readonly value: number; readonly unit: string };

/** The figures of one distribution, percentile by percentile. */
export function figuresOf(name: string, { p50, p95, max }: Distribution, unit: string): readonly Figure[] {
  return [
    { name: `${name}, p50`, value: p50, unit },
    { name: `${name}, p95`, value: p95, unit },
    { name: `${name}, max`, value: max, unit },
  ];
}

/** Prints the answer to a question as a table, or as one line of JSON. */
export function print(question: string, figures: readonly Figure[], { json }: { readonly json: boolean }): void {
  const [load = 0] = loadavg();
  const machine = { cores: availableParallelism(), load: round(load), node: process.version };
  const rounded = figures.map((figure) => ({ ...figure, value: round(figure.value) }));
  if (json) {
    console.log(JSON.stringify({ question, machine, figures: rounded }));
    return;
  }
  const nameWidth = Math.max(...rounded.map(({ name }) => name.length));
  const valueWidth = Math.max(...rounded.map(({ value }) => String(value).length));
  const lines = rounded.map(
    ({ name, value, unit }) => `  ${name.padEnd(nameWidth)}  ${String(value).padStart(valueWidth)} ${unit}`,
  );
  console.log(
    [`${question} (${machine.cores} cores, load ${machine.load}, Node ${machine.node})`, ...lines, ""].join("\n"),
  );
}

// Three significant digits are more than a measurement on a shared machine is good for.
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
