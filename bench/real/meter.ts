import { setTimeout as sleep } from "node:timers/promises";

import type { Audit, AuditedTraffic } from "./audit.ts";
import { cpuMsOf } from "./process-figures.ts";
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
/** A process is quiet that uses less of a core. */
const QUIET_SHARE = 0.1;

/** Measures what one process does, and what the servers do for it meanwhile. */
export class Meter {
  readonly #pid: number;
  readonly #servers: StageReady["servers"];
  readonly #audit: Audit;

  constructor(pid: number, servers: StageReady["servers"], audit: Audit) {
    this.#pid = pid;
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
    const [cpuMs, startMs] = [await cpuMsOf(this.#pid), performance.now()];
    await sleep(ms);
    const spentMs = (await cpuMsOf(this.#pid)) - cpuMs;
    const elapsedMs = performance.now() - startMs;
    const { all } = await this.#audit.read();
    return { cpuPercent: (100 * spentMs) / elapsedMs, requestsPerMinute: (all * 60_000) / elapsedMs };
  }

  async #quiet(): Promise<void> {
    for (let spentMs = Infinity; spentMs > QUIET_SHARE * QUIET_MS;) {
      const before = await cpuMsOf(this.#pid);
      await sleep(QUIET_MS);
      spentMs = (await cpuMsOf(this.#pid)) - before;
    }
  }

  async #cpuMs(): Promise<{ readonly own: number; readonly servers: number }> {
    const each = await Promise.all(this.#servers.map(({ pid }) => cpuMsOf(pid)));
    return { own: await cpuMsOf(this.#pid), servers: each.reduce((sum, one) => sum + one, 0) };
  }
}
