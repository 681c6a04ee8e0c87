import { execFile } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { promisify } from "node:util";

import { httpStatus } from "../ground/http-status.ts";
import { waitUntil } from "../ground/wait-until.ts";
import { conditionOf } from "../test/support/ocm-status.ts";
import { ocm, prepare } from "../test/support/world.ts";
import { withDeadline } from "./support/deadline.ts";
import { distributionOf } from "./support/distribution.ts";
import { OcmWatch } from "./support/ocm-watch.ts";
import { readOptions } from "./support/options.ts";
import { type Figure, print } from "./support/report.ts";
import { configure, openStage, orderControlPlanes, type Stage } from "./support/stage.ts";

// How long does it take from the start of a process until it is of use? Each round has clusters of its own.

const ROUNDS = 5;
const FOLDER = new URL("../dist/", import.meta.url).pathname;
const ENTRY = `${FOLDER}service-provider-ocm.mjs`;
const LOOK_EVERY_MS = 2;
const READY_WITHIN_MS = 60_000;

/** One round, in ms each. */
type Round = {
  readonly version: number;
  readonly firstInit: number;
  readonly secondInit: number;
  readonly ready: number;
  readonly firstReconcile: number;
  /** Of the process, all threads, until it was ready. */
  readonly readyCpu: number;
};

const options = readOptions(process.argv.slice(2));
const rounds: Round[] = [];
while (rounds.length < ROUNDS) {
  rounds.push(await playRound());
}

print(
  "from the start of a process",
  [
    ...spread("version: until it ends", "version"),
    ...spread("init on new clusters: until it ends", "firstInit"),
    ...spread("init on prepared clusters: until it ends", "secondInit"),
    ...spread("run: until /readyz says so", "ready"),
    ...spread("run: CPU until then", "readyCpu"),
    ...spread("run: until an OCM object that waits has a status", "firstReconcile"),
    { name: "size of the program", value: sizeOf("*.{mjs,cjs}") / 1e6, unit: "MB" },
    { name: "size of its compile cache", value: sizeOf("compile-cache/*") / 1e6, unit: "MB" },
  ],
  options,
);

// So few rounds have no tail to speak of.
function spread(name: string, key: keyof Round): readonly Figure[] {
  const { p50, max } = distributionOf(rounds.map((round) => round[key]));
  return [
    { name: `${name}, p50`, value: p50, unit: "ms" },
    { name: `${name}, max`, value: max, unit: "ms" },
  ];
}

function sizeOf(pattern: string): number {
  return globSync(pattern, { cwd: FOLDER }).reduce((sum, file) => sum + statSync(FOLDER + file).size, 0);
}

async function playRound(): Promise<Round> {
  await using stage = await openStage();
  const version = await timed(() => promisify(execFile)(process.execPath, [ENTRY, "version"]));
  const firstInit = await timed(() => prepare(stage));
  const secondInit = await timed(() => prepare(stage));
  await configure(stage);
  return { version, firstInit, secondInit, ...(await run(stage)) };
}

async function run(stage: Stage): Promise<Pick<Round, "ready" | "readyCpu" | "firstReconcile">> {
  using watch = new OcmWatch(stage.onboarding);
  const [plane] = await orderControlPlanes(stage, 1);
  const [chartVersion = ""] = stage.ground.charts.versions;
  if (plane === undefined) {
    throw new Error("expected a control plane");
  }
  await stage.onboarding.create(ocm(plane, chartVersion));
  const reconciled = watch.until(plane, (object) => conditionOf(object, "Ready") !== undefined);

  const startMs = performance.now();
  const { healthURL, pid } = await stage.start("run");
  const [{ readyMs, readyCpu }, reconciledMs] = await Promise.all([
    whenReady(healthURL).then((at) => ({ readyMs: at, readyCpu: cpuMsOf(pid) })),
    withDeadline(reconciled, "the OCM object has a status"),
  ]);
  return { ready: readyMs - startMs, readyCpu, firstReconcile: reconciledMs - startMs };
}

async function whenReady(healthURL: string): Promise<number> {
  await waitUntil(async (signal) => (await httpStatus(`${healthURL}/readyz`, { signal })) === 200, {
    what: "the provider is ready",
    withinMs: READY_WITHIN_MS,
    everyMs: LOOK_EVERY_MS,
  });
  return performance.now();
}

// In ticks of 10 ms, and on Linux only. It hardly depends on what else a machine does, unlike all other figures.
function cpuMsOf(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return 10 * (user + system);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
