import { readFile } from "node:fs/promises";

/** Memory of a process as its operator sees it, in MiB. */
export type MemoryFigures = {
  readonly resident: number;
  /** Resident, with pages that others share counted in part. */
  readonly proportional: number;
  /** Most that was ever resident. */
  readonly peak: number;
};

const TICK_MS = 10;
const KIB_PER_MIB = 1024;

/** Processor time of a process so far, of all its threads, in ms. */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The command, in parentheses, may have spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = "0", system = "0"] = fields.slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}

/** Reads the memory of a process. Nothing is collected for it. */
export async function memoryOf(pid: number): Promise<MemoryFigures> {
  const [status, rollup] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    readFile(`/proc/${pid}/smaps_rollup`, "utf8"),
  ]);
  return {
    resident: kibIn(status, "VmRSS") / KIB_PER_MIB,
    proportional: kibIn(rollup, "Pss") / KIB_PER_MIB,
    peak: kibIn(status, "VmHWM") / KIB_PER_MIB,
  };
}

function kibIn(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "mu").exec(text)?.[1] ?? Number.NaN);
}
