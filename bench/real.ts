import { execFileSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";

import { giveWay } from "./real/give-way.ts";
import { compare, type Compared, measure, type Measured, type ProviderRun } from "./real/measure.ts";
import {
  type BenchResult,
  comparedTableOf,
  earlierRuns,
  flatness,
  type RunResult,
  tableOf,
  writeResult,
} from "./real/results.ts";
import { comparedRows, type Row, rowsOf } from "./real/rows.ts";
import { tenantPlaces, type Troubles } from "./real/tenants.ts";

// What do so many tenants cost, on real API servers? Beside each figure stands what a bare client takes that sends the
// same writes to the same servers. With `--mute` or `--noisy`: what do troubled tenants cost the others? Beside each figure
// stands what it was before there was trouble.
//
// Usage: real.ts [--tenants=100,1000,10000] [--settled=20] [--mute=10%] [--noisy] [--shards=2] [--keep] [--result=<file>]

const SECOND_MS = 1000;

const { values } = parseArgs({
  options: {
    real: { type: "boolean" },
    tenants: { type: "string", default: "100,1000" },
    settled: { type: "string", default: "20" },
    result: { type: "string" },
    mute: { type: "string", default: "0%" },
    noisy: { type: "boolean", default: false },
    shards: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const troubles: Troubles = { mutePercent: percentIn(values.mute), noisy: values.noisy };
const shardCount = values.shards === undefined ? 0 : numbersIn(values.shards)[0];
const shards = Array.from({ length: shardCount }, (_, index) => `shard${index + 1}`);
const what = [
  "real",
  ...(shardCount > 0 ? [`shards${shardCount}`] : []),
  ...(troubles.mutePercent > 0 ? ["mute"] : []),
  ...(troubles.noisy ? ["noisy"] : []),
].join("-");
const troubled = [
  ...(troubles.mutePercent > 0 ? [`${troubles.mutePercent} % of them mute`] : []),
  ...(troubles.noisy ? ["one edited without rest"] : []),
].join(", ");
const earlier = await earlierRuns("real");
const loadBefore = Number((loadavg()[0] ?? 0).toFixed(2));
const runs: RunResult[] = [];
for (const tenants of numbersIn(values.tenants)) {
  const options = {
    settledMs: numbersIn(values.settled)[0] * SECOND_MS,
    shards,
    onProgress: (line: string): boolean => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
  };
  const places = tenantPlaces(tenants, troubles);
  const run =
    troubled === "" ? resultOf(await measure(places, options)) : comparedResultOf(await compare(places, options));
  const table = troubled === "" ? tableOf(run, earlier) : comparedTableOf(run, troubled);
  console.log([...table, ""].join("\n"));
  console.log(JSON.stringify({ requests: run.requests, refused: run.refused }));
  runs.push(run);
}
console.log(flatness(runs).join("\n"));
const result: BenchResult = {
  what,
  at: new Date().toISOString(),
  commit: execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim(),
  machine: { cores: availableParallelism(), node: process.version, loadBefore, niceness: giveWay.niceness },
  runs,
};
if (values.keep || values.result !== undefined) {
  console.log(await writeResult(result, values.result));
}
process.exit();

function percentIn(text: string): number {
  const percent = Number(/^(\d+)%$/u.exec(text)?.[1] ?? Number.NaN);
  if (!(percent < 100)) {
    throw new Error(`expected --mute to be like 10%, found "${text}"`);
  }
  return percent;
}

function numbersIn(text: string): readonly [number, ...number[]] {
  const [first = Number.NaN, ...others] = text.split(",").map(Number);
  for (const number of [first, ...others]) {
    if (!Number.isInteger(number) || number < 1) {
      throw new Error(`expected positive whole numbers, separated by commas; found "${text}"`);
    }
  }
  return [first, ...others];
}

function resultOf(measured: Measured): RunResult {
  const { tenants, bare } = measured;
  return {
    tenants,
    rows: rowsOf(measured).map(rounded),
    requests: requestsOf(measured, tenants),
    refused: {
      ordered: bare.ordered.refused,
      configured: bare.configured.refused,
      deleted: bare.deleted.refused,
    },
  };
}

function comparedResultOf(compared: Compared): RunResult {
  const { tenants, disturbed } = compared;
  return { tenants, rows: comparedRows(compared).map(rounded), requests: requestsOf(disturbed, tenants), refused: {} };
}

function rounded(row: Row): Row {
  return { ...row, measured: Number(row.measured.toPrecision(4)) };
}

function requestsOf({ ordered, configured, deleted }: ProviderRun, tenants: number): RunResult["requests"] {
  const perTenant = (kinds: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
    Object.fromEntries(Object.entries(kinds).map(([kind, count]) => [kind, Number((count / tenants).toFixed(3))]));
  return {
    ordered: perTenant(ordered.kinds),
    configured: perTenant(configured.kinds),
    deleted: perTenant(deleted.kinds),
  };
}
