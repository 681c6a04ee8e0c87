import type { ProviderProcess } from "../ground/provider-process.ts";
import { ref } from "../test/support/kinds.ts";
import { prepare } from "../test/support/world.ts";
import { withDeadline } from "./support/deadline.ts";
import { distributionOf } from "./support/distribution.ts";
import { installTenants } from "./support/install-tenants.ts";
import { OcmWatch } from "./support/ocm-watch.ts";
import { readOptions } from "./support/options.ts";
import { print } from "./support/report.ts";
import { configure, openStage, orderControlPlanes } from "./support/stage.ts";

// Of two processes the one that leads ends. How long until the other one has done what a tenant asks for? This is a
// promise to operators, so a round that takes longer than it says is a failure.

const ROUNDS = 5;

const LIMITS_MS = {
  SIGTERM: 2000,
  // Nobody may take over before the lease has expired, and who waits for it looks every so often.
  SIGKILL: 15_000 + 2000,
} as const;

type Signal = keyof typeof LIMITS_MS;

const options = readOptions(process.argv.slice(2));
await using stage = await openStage();
using watch = new OcmWatch(stage.onboarding);
await prepare(stage);
await configure(stage);
let started = 0;
let leader = await startReplica();
const planes = await orderControlPlanes(stage, 1);
await installTenants(stage, watch, planes);

const results = [];
for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  const samples: number[] = [];
  while (samples.length < ROUNDS) {
    samples.push(await handOver(signal));
  }
  results.push({ signal, ...distributionOf(samples) });
}

print(
  "from a signal to the leader until the other replica has answered a tenant",
  results.flatMap(({ signal, p50, max }) => [
    { name: `${signal}, p50`, value: p50, unit: "ms" },
    { name: `${signal}, max`, value: max, unit: "ms" },
  ]),
  options,
);
for (const { signal, max } of results) {
  if (max > LIMITS_MS[signal]) {
    throw new Error(`expected ${signal} to take at most ${LIMITS_MS[signal]} ms, found ${Math.round(max)} ms`);
  }
}

async function handOver(signal: Signal): Promise<number> {
  const next = await startReplica();
  const startMs = performance.now();
  process.kill(leader.pid, signal);
  await leader.exited;
  leader = next;
  return (await answer()) - startMs;
}

/** Asks for another version, and resolves with the time at which a status speaks of that. */
async function answer(): Promise<number> {
  const [plane] = planes;
  if (plane === undefined) {
    throw new Error("expected a control plane");
  }
  const { versions } = stage.ground.charts;
  const version = versions[started % versions.length];
  const { metadata } = await stage.onboarding.patchMerge(ref("ocm", plane.name, plane.namespace), {
    spec: { version },
  });
  const isAnswered = watch.until(plane, ({ status }) => status?.observedGeneration === metadata.generation);
  return withDeadline(isAnswered, "a replica leads and answers");
}

async function startReplica(): Promise<ProviderProcess> {
  started += 1;
  const replica = await stage.start("run", {
    args: ["--leader-elect=true"],
    env: { POD_NAME: `replica-${started}` },
    logPath: `${stage.ground.folder}/replica-${started}.log`,
  });
  await replica.ready();
  return replica;
}
