import { setTimeout as sleep } from "node:timers/promises";

import type { Audit, AuditedTraffic } from "./audit.ts";
import { cpuMsOfAll } from "./process-figures.ts";
import type { StageReady } from "./servers.ts";

/** What a phase took of the provider and of the servers. */
export type Phase = AuditedTraffic & {
  readonly cpuMs: number;
  readonly serverCpuMs: number;
};

/** What a process does while nothing happens. */
export type Settled = { readonly cpuPercent: number; readonly requestsPerMinute: number };

type Act<T> = () => Promise<T>;

const QUIET_MS = 3000;
/** A process is quiet that uses less of a core; among very many tenants the safety net can take more for ever. */
const QUIET_SHARE = 0.1;
const MOST_LOOKS = 10;

/** Measures what the processes of the provider do, and what the servers do for it meanwhile. */
export class Meter {
  readonly #pids: readonly number[];
  readonly #servers: StageReady["servers"];
  readonly #audit: Audit;

  constructor(pids: readonly number[], servers: StageReady["servers"], audit: Audit) {
    this.#pids = pids;
    this.#servers = servers;
    this.#audit = audit;
  }

  /** Measures from now until what is done is done and the process quiet. */
  async phase<T>(act: Act<T>): Promise<Phase & { readonly result: T }> {
    await this.#audit.begin();
    const before = await this.#cpuMs();
    const result = await act();
    await this.#quiet();
    const after = await this.#cpuMs();
    const cpu = { cpuMs: after.own - before.own, serverCpuMs: after.servers - before.servers };
    return { ...(await this.#audit.read()), ...cpu, result };
  }

  /** Looks at a process that is left alone. */
  async settled(ms: number): Promise<Settled> {
    await this.#audit.begin();
    const [cpuMs, startMs] = [await cpuMsOfAll(this.#pids), performance.now()];
    await sleep(ms);
    const spentMs = (await cpuMsOfAll(this.#pids)) - cpuMs;
    const elapsedMs = performance.now() - startMs;
    const { all } = await this.#audit.read();
    return { cpuPercent: (100 * spentMs) / elapsedMs, requestsPerMinute: (all * 60_000) / elapsedMs };
  }

  async #quiet(): Promise<void> {
    let spentMs = Infinity;
    for (let looks = 0; looks < MOST_LOOKS && spentMs > QUIET_SHARE * QUIET_MS; looks += 1) {
      const before = await cpuMsOfAll(this.#pids);
      await sleep(QUIET_MS);
      spentMs = (await cpuMsOfAll(this.#pids)) - before;
    }
  }

  async #cpuMs(): Promise<{ readonly own: number; readonly servers: number }> {
    const servers = await cpuMsOfAll(this.#servers.map(({ pid }) => pid));
    return { own: await cpuMsOfAll(this.#pids), servers };
  }
}
