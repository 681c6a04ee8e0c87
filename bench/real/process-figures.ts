import { readdirSync } from "node:fs";
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
const LOOK_MS = 500;
const KIB_PER_MIB = 1024;

/** Processor time of a process so far, of all its threads, in ms. */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The command, in parentheses, may have spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = "0", system = "0"] = fields.slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}

/** The same of some processes together. */
export async function cpuMsOfAll(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map(cpuMsOf));
  return each.reduce((sum, one) => sum + one, 0);
}

/** Reads the memory of some processes together. */
export async function memoryOfAll(pids: readonly number[]): Promise<MemoryFigures> {
  const each = await Promise.all(pids.map(memoryOf));
  const sum = (key: keyof MemoryFigures): number => each.reduce((total, one) => total + one[key], 0);
  return { resident: sum("resident"), proportional: sum("proportional"), peak: sum("peak") };
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

/** Looks twice a second at how many files, sockets among them, some processes have open together. */
export class OpenFiles implements Disposable {
  readonly #timer: NodeJS.Timeout;
  most = 0;

  constructor(pids: readonly number[]) {
    this.#timer = setInterval(() => {
      this.most = Math.max(
        this.most,
        pids.reduce((sum, pid) => sum + openFilesOf(pid), 0),
      );
    }, LOOK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function openFilesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // It has ended; whoever waits for it says why.
    return 0;
  }
}

function kibIn(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "mu").exec(text)?.[1] ?? Number.NaN);
}
