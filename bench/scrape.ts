import { freePort } from "../ground/free-ports.ts";
import { waitUntil } from "../ground/wait-until.ts";
import { configRef, CURRENT_GROUP, ocmRef } from "../test/support/kinds.ts";
import { seriesIn } from "../test/support/metric-families.ts";
import { ocm, prepare } from "../test/support/world.ts";
import { distributionOf } from "./support/distribution.ts";
import { readOptions } from "./support/options.ts";
import { figuresOf, print } from "./support/report.ts";
import { configure, openStage, type Stage } from "./support/stage.ts";

// What does a scrape of /metrics cost? The provider leaves all tenants alone meanwhile, so that the time of an answer is
// also how long a scrape keeps the event loop busy.

const ROUNDS = 100;
/** More than have a label of their own. */
const VERSIONS = 150;
const NAMESPACE = "project-bench--ws-tenants";
const WITHIN_MS = 300_000;

const FAILURES = [
  ["AccessReady", "AccessDenied"],
  ["ChartReady", "ChartFetchFailed"],
  ["ReleaseReady", "ReleaseFailed"],
] as const;

const options = readOptions(process.argv.slice(2));
await using stage = await openStage();
await prepare(stage);
await configure(stage);
await stage.platform.patchMerge(configRef(), { metadata: { annotations: { "openmcp.cloud/operation": "ignore" } } });
await createTenants(stage, options.tenants);
const address = `127.0.0.1:${await freePort()}`;
await stage.start("run", { args: [`--metrics-bind-address=${address}`, "--metrics-secure=false"] });
await waitUntil(async () => (await countedTenants()) === options.tenants, {
  what: "the metrics count all tenants",
  withinMs: WITHIN_MS,
  everyMs: 500,
});

const times: number[] = [];
let text = "";
while (times.length < ROUNDS) {
  const startMs = performance.now();
  text = await scrape();
  times.push(performance.now() - startMs);
}
const { "": memory = 0 } = seriesIn(text, "process_resident_memory_bytes");

print(
  `a scrape of /metrics with ${options.tenants} tenants`,
  [
    ...figuresOf("until the answer is there", distributionOf(times), "ms"),
    { name: "size", value: Buffer.byteLength(text) / 1000, unit: "kB" },
    { name: "series", value: text.split("\n").filter((line) => /^[a-z]/u.test(line)).length, unit: "" },
    { name: "resident memory of the process", value: memory / 1e6, unit: "MB" },
  ],
  options,
);

async function scrape(): Promise<string> {
  const response = await fetch(`http://${address}/metrics`);
  return response.text();
}

async function countedTenants(): Promise<number> {
  return Object.values(seriesIn(await scrape(), "service_provider_tenants")).reduce((sum, count) => sum + count, 0);
}

/** Creates tenants with the status that a provider gives: most are Ready, some fail in one of three ways. */
async function createTenants({ onboarding }: Stage, count: number): Promise<void> {
  await onboarding.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  for (let index = 0; index < count; index += 1) {
    const plane = { name: `mcp-${index}`, namespace: NAMESPACE, group: CURRENT_GROUP };
    const version = `0.${index % VERSIONS}.0`;
    await onboarding.create(ocm(plane, version));
    await onboarding.status(ocmRef(plane), statusOf(index, version));
  }
}

function statusOf(index: number, version: string): object {
  const [blamed, why] = FAILURES[index % 10] ?? [];
  const message = blamed === undefined ? `version ${version} is installed` : "what the condition to blame says";
  const condition = (type: string, reason: string): object => {
    const isTrue = blamed === undefined || (type !== "Ready" && type !== blamed);
    const said = isTrue ? "fine" : message;
    return {
      type,
      status: isTrue ? "True" : "False",
      reason: type === blamed ? why : reason,
      message: type === "Ready" ? message : said,
      observedGeneration: 1,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
  };
  return {
    observedGeneration: 1,
    phase: blamed === undefined ? "Ready" : "Progressing",
    installedVersion: version,
    conditions: [
      condition("Ready", blamed === undefined ? "ReconcileSuccess" : "ReconcileError"),
      condition("AccessReady", "AccessGranted"),
      condition("ChartReady", "ChartFetched"),
      condition("ReleaseReady", "ReleaseInstalled"),
    ],
  };
}
