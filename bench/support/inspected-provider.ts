import { freePort } from "../../ground/free-ports.ts";
import { Inspector } from "./inspector.ts";
import type { Stage } from "./stage.ts";

/** What a process holds once everything that nothing refers to is freed. */
export type HeldMemory = {
  readonly residentBytes: number;
  /** Objects in use, on the heap and outside. */
  readonly liveBytes: number;
};

/** A running provider that can be asked what it costs. */
export type InspectedProvider = {
  /** CPU time so far, of all its threads. */
  readonly cpuMs: () => Promise<number>;
  readonly memory: () => Promise<HeldMemory>;
  readonly stop: () => Promise<unknown>;
};

/** Starts `run` with Node's inspector open, and waits until it is ready. */
export async function runInspected(stage: Stage): Promise<InspectedProvider> {
  const address = `127.0.0.1:${await freePort()}`;
  const provider = await stage.start("run", { env: { NODE_OPTIONS: `--inspect=${address}` } });
  await provider.ready();
  return { cpuMs: () => readCpu(address), memory: () => readMemory(address), stop: () => provider.stop() };
}

async function readCpu(address: string): Promise<number> {
  using inspector = await Inspector.open(address);
  const { user, system } = await inspector.evaluate<NodeJS.CpuUsage>("process.cpuUsage()");
  return (user + system) / 1000;
}

async function readMemory(address: string): Promise<HeldMemory> {
  using inspector = await Inspector.open(address);
  await inspector.collectGarbage();
  const { rss, heapUsed, external } = await inspector.evaluate<NodeJS.MemoryUsage>("process.memoryUsage()");
  return { residentBytes: rss, liveBytes: heapUsed + external };
}
