import type { SeedResult } from "./run-seed.ts";

type Counts = { runs: number; failures: number; longestMs: number };

/** Counts runs by what was out of order in them. */
export class Tally {
  readonly #byClass = new Map<string, Counts>();
  /** Seeds of the runs that failed. */
  readonly failed: number[] = [];

  /** Counts a run. */
  add({ schedule, violations, convergenceMs = 0 }: SeedResult): void {
    const counts = this.#byClass.get(schedule.faultClass) ?? { runs: 0, failures: 0, longestMs: 0 };
    counts.runs += 1;
    counts.longestMs = Math.max(counts.longestMs, convergenceMs);
    if (violations.length > 0) {
      counts.failures += 1;
      this.failed.push(schedule.seed);
    }
    this.#byClass.set(schedule.faultClass, counts);
  }

  /** How many runs were counted. */
  get runs(): number {
    return this.#sum(({ runs }) => runs);
  }

  /** A table for people. */
  table(): string {
    const rows = [...this.#byClass].toSorted(([left], [right]) => (left < right ? -1 : 1));
    const lines = rows.map(([name, { runs, failures, longestMs }]) => line(name, runs, failures, longestMs));
    const longestMs = Math.max(0, ...rows.map(([, counts]) => counts.longestMs));
    const all = line("all", this.runs, this.failed.length, longestMs);
    return ["faults         runs  failed  longest convergence", ...lines, all].join("\n");
  }

  #sum(of: (counts: Counts) => number): number {
    return this.#byClass.values().reduce((sum, counts) => sum + of(counts), 0);
  }
}

function line(name: string, runs: number, failures: number, longestMs: number): string {
  return `${name.padEnd(12)} ${String(runs).padStart(6)}  ${String(failures).padStart(6)}  ${String(longestMs / 1000).padStart(8)} s`;
}
