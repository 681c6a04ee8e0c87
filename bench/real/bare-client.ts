import { readFileSync } from "node:fs";

import type { RecordedWrite } from "./audit.ts";
import { inParallel, LeanClient } from "./lean-client.ts";
import type { PerServer } from "./servers.ts";
import type { TenantPlace } from "./tenants.ts";

// A process of its own that sends the same writes for each tenant, one after the other, and waits for nothing but their
// answers: what no provider can be faster than.
//
// Usage: bare-client.ts <file with a BareJob>

/** What to write. */
export type BareJob = {
  readonly kubeconfigs: PerServer<string>;
  readonly places: readonly TenantPlace[];
  /** Writes of the first tenant. */
  readonly writes: readonly RecordedWrite[];
};

/** What the writes have cost, as this program prints it. */
export type BareCost = {
  /** From the start of the process. */
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** How many were refused, by status code. */
  readonly refused: Readonly<Record<string, number>>;
};

/** Tenants at a time. */
const CONCURRENCY = 16;

const [jobPath = ""] = process.argv.slice(2);
const { kubeconfigs, places, writes } = JSON.parse(readFileSync(jobPath, "utf8")) as BareJob;
const clients = {
  platform: new LeanClient(kubeconfigs.platform, CONCURRENCY),
  onboarding: new LeanClient(kubeconfigs.onboarding, CONCURRENCY),
};
const [sample] = places;
const refused: Record<string, number> = {};
await inParallel(places, CONCURRENCY, async (place) => {
  for (const { server, ...write } of writes) {
    const { status } = await clients[server].send(madeFor(place, write));
    if (status >= 300) {
      const key = `${status} ${write.method} ${write.path.replace(/\?.*/u, "").split("/").slice(-2).join("/")}`;
      refused[key] = (refused[key] ?? 0) + 1;
    }
  }
});
const elapsedMs = performance.now();
const { user, system } = process.cpuUsage();
const cost: BareCost = { elapsedMs, cpuMs: (user + system) / 1000, refused: merged(refused) };
console.log(JSON.stringify(cost));
process.exit();

function madeFor(place: TenantPlace, write: Omit<RecordedWrite, "server">): Omit<RecordedWrite, "server"> {
  const { path, body } = write;
  return { ...write, path: renamed(path, place), ...(body !== undefined && { body: renamed(body, place) }) };
}

function renamed(text: string, { name, namespace, workspace }: TenantPlace): string {
  return sample === undefined
    ? text
    : text
        .replaceAll(sample.namespace, namespace)
        .replaceAll(sample.workspace, workspace)
        .replaceAll(sample.name, name);
}

function merged(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const [key, count] of Object.entries(counts)) {
    const short = key.replace(/mcp-\d+\S*/gu, "*");
    result[short] = (result[short] ?? 0) + count;
  }
  return result;
}
