import { tenantNamespace } from "../src/openmcp/platform/names.ts";
import { prepare, startWorld, type World } from "../test/support/world.ts";
import { distributionOf } from "./support/distribution.ts";
import { readOptions } from "./support/options.ts";
import { type Figure, print } from "./support/report.ts";
import { seedTenants } from "./support/seed-tenants.ts";
import { type AnswerCost, timedAnswer } from "./support/timed-answer.ts";

// How soon do the commands that only read answer with very many tenants, and how much memory do they take? With
// GROUND=real, the API servers are real ones; an embedded one shares this process' thread with nothing else.

const ROUNDS = 3;
const MEGABYTE = 1e6;

const options = readOptions(process.argv.slice(2));
const world = await startWorld();
try {
  await prepare(world);
  const planes = await seedTenants(world, options.tenants);
  const last = planes.at(-1);
  if (last === undefined) {
    throw new Error("expected a tenant");
  }
  const figures: Figure[] = [];
  for (const words of [
    ["status"],
    ["status", "--failing", "-o", "json"],
    ["status", "-o", "json"],
    ["status", last.name, "-n", last.namespace],
    ["trace", tenantNamespace(last.name, last.namespace)],
  ]) {
    figures.push(...(await ask(world, words)));
  }
  print(`${options.tenants} tenants, ${world.ground.kind} API servers`, figures, options);
} finally {
  await world.stop();
}

async function ask(on: World, words: readonly string[]): Promise<readonly Figure[]> {
  const flags = ["--onboarding-kubeconfig", on.ground.onboarding.kubeconfigPath];
  const costs: AnswerCost[] = [];
  while (costs.length < ROUNDS) {
    costs.push(await timedAnswer(on, [...words, ...flags]));
  }
  const name = words.join(" ");
  const p50 = (key: keyof AnswerCost): number => distributionOf(costs.map((cost) => cost[key])).p50;
  return [
    { name: `${name}: until it ends, p50`, value: p50("elapsedMs"), unit: "ms" },
    { name: `${name}: CPU of the command`, value: p50("cpuMs"), unit: "ms" },
    { name: `${name}: size of the answer`, value: p50("bytes") / MEGABYTE, unit: "MB" },
    { name: `${name}: resident memory at its peak`, value: p50("residentBytes") / MEGABYTE, unit: "MB" },
  ];
}
