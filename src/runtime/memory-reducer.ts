import type { Clock } from "../kube/clock.ts";
import { freeOSMemory, type Loader, readOwn, unmapFiles } from "./free-os-memory.ts";
import type { Log } from "./log.ts";

const KIBIBYTE = 2 ** 10;
const MEBIBYTE = 2 ** 20;
/** The growth of each kind of memory for which it is worth to reduce it. */
const LEAST_BYTES: Resident = { own: 12 * MEBIBYTE, ofFiles: 6 * MEBIBYTE };
const LOOK_EVERY_MS = 2000;
/** Share of one core below which nobody notices that the process pauses. */
const QUIET_SHARE = 0.05;
const SHORTEST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
/** How soon the process has read again what it needs all the time. */
const RETURN_MS = 10_000;
/** How many times longer than a reduction the pause after it is at least. */
const PAUSE_FACTOR = 100;
/** Of the pauses between reductions in silence: a settled process shall not be busy with collecting garbage. */
const PAUSE_GROWTH = 5;
/** How many times what a reduction costs the process has to do for others until that is worth another one. */
const WORK_FACTOR = 20;
/** How long work goes on where nobody sees it: connections are kept for a while, and statuses wait for company. */
const TAIL_MS = 15_000;

/** What the process has used, and holds of one kind of memory. */
export type Usage = {
  readonly nowMs: number;
  /** CPU time of all its threads since its start. */
  readonly cpuMs: number;
  readonly residentBytes: number;
};

/** Resident memory in bytes. */
export type Resident = {
  /** Of this process alone: what V8, malloc and threads hold. */
  readonly own: number;
  /** Pages of files, which the machine holds once for all processes. */
  readonly ofFiles: number;
};

/** What is remembered from one look to the next. */
export type Reduction = {
  /** The smallest growth for which another one is worth it. */
  readonly leastBytes: number;
  readonly last: Usage;
  /** Resident memory right after it was reduced last. */
  readonly reducedToBytes: number;
  /** The same once the process has what it needs all the time. */
  readonly levelBytes: number;
  readonly reducedAtMs: number;
  /** CPU time that took. */
  readonly costMs: number;
  readonly pauseMs: number;
  /** CPU time that the process has used since then while it was not quiet. */
  readonly workMs: number;
  /** Whether the process had worked until then. */
  readonly isAfterWork: boolean;
};

/** What a process remembers before anything was reduced. */
export function firstReduction(usage: Usage, leastBytes: number): Reduction {
  return {
    leastBytes,
    last: usage,
    reducedToBytes: 0,
    levelBytes: 0,
    reducedAtMs: -Infinity,
    costMs: 0,
    pauseMs: 0,
    workMs: 0,
    isAfterWork: false,
  };
}

/**
 * Decides whether memory should be reduced now. Pure.
 *
 * The process has to be quiet, and to hold noticeably more than after the last time. The pause after a reduction is long
 * compared with what it costs, and grows until the process has worked again: what grows in silence comes back soon.
 * After work that was much more than what it costs, a third of that growth is worth a reduction, and another one: the
 * first often comes before the work has quite ended.
 */
export function judgeMemory(before: Reduction, usage: Usage): { readonly isDue: boolean; readonly next: Reduction } {
  const usedMs = usage.cpuMs - before.last.cpuMs;
  const isQuiet = usedMs < QUIET_SHARE * (usage.nowMs - before.last.nowMs);
  const silenceMs = usage.nowMs - before.reducedAtMs;
  const levelBytes = isQuiet && silenceMs <= RETURN_MS ? returned(before, usage) : before.levelBytes;
  const pauseMs = isQuiet ? before.pauseMs : shortestPauseMs(before.costMs);
  const hasGrown = silenceMs >= pauseMs && usage.residentBytes - levelBytes >= worth(before, levelBytes);
  const isDue = isQuiet && (hasGrown || isWorkOver(before, usage));
  const workMs = before.workMs + (isQuiet ? 0 : usedMs);
  return { isDue, next: { ...before, last: usage, levelBytes, pauseMs, workMs } };
}

function isWorkOver(before: Reduction, usage: Usage): boolean {
  const { isAfterWork, reducedToBytes, reducedAtMs, costMs } = before;
  const isTail = usage.nowMs - reducedAtMs >= Math.max(TAIL_MS, shortestPauseMs(costMs));
  const hasGrown = usage.residentBytes - reducedToBytes >= worth(before, reducedToBytes) / 3;
  return isTail && hasGrown && (isAfterWork || hasWorked(before));
}

function hasWorked({ workMs, costMs }: Reduction): boolean {
  return workMs >= WORK_FACTOR * costMs;
}

// Pages that the process needs all the time come back, and are not worth returning again.
function returned(before: Reduction, { residentBytes }: Usage): number {
  const { levelBytes, reducedToBytes } = before;
  return Math.max(levelBytes, Math.min(residentBytes, reducedToBytes + worth(before, reducedToBytes)));
}

function worth({ leastBytes }: Reduction, levelBytes: number): number {
  return Math.max(leastBytes, levelBytes / 10);
}

/** What is remembered after memory was reduced, with the usage right after that. Pure. */
export function afterReduction(before: Reduction, usage: Usage): Reduction {
  const { leastBytes, last, pauseMs } = before;
  const costMs = usage.cpuMs - last.cpuMs;
  return {
    leastBytes,
    last: usage,
    reducedToBytes: usage.residentBytes,
    levelBytes: usage.residentBytes,
    reducedAtMs: usage.nowMs,
    costMs,
    pauseMs: Math.min(Math.max(PAUSE_GROWTH * pauseMs, shortestPauseMs(costMs)), LONGEST_PAUSE_MS),
    workMs: 0,
    isAfterWork: hasWorked(before),
  };
}

function shortestPauseMs(costMs: number): number {
  return Math.max(SHORTEST_PAUSE_MS, PAUSE_FACTOR * costMs);
}

/** What of Node's `process` the memory is known by. */
export type MeasuredProcess = Loader & Pick<NodeJS.Process, "cpuUsage" | "memoryUsage">;

/** What reduces the memory of a process. */
export type MemoryReducerOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly process: MeasuredProcess;
  /** Default: what the kernel says. */
  readonly look?: (process: MeasuredProcess) => Resident;
  /** Default: `freeOSMemory`. */
  readonly free?: (process: Loader) => void;
  /** Default: `unmapFiles`. */
  readonly unmap?: (process: Loader) => void;
};

/** Something of each kind of memory. */
type OfKinds<T> = Readonly<Record<keyof Resident, T>>;

/**
 * Returns memory to the operating system whenever the process has become quiet, until `signal` is aborted.
 *
 * V8 and malloc keep what a start or a storm has needed, and V8's own memory reducer does not start without a full
 * garbage collection, for which a small heap waits for hours. Pages of files come back whenever rare code runs, and to
 * unmap them takes a fraction of what a collection takes: each kind of memory has its own time.
 */
export async function reduceMemory(options: MemoryReducerOptions): Promise<void> {
  const { clock, signal, free = freeOSMemory, unmap = unmapFiles } = options;
  let { own, ofFiles } = mapKinds(usagesOf(options), (usage, kind) => firstReduction(usage, LEAST_BYTES[kind]));
  for (;;) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted) {
      return;
    }
    const usages = usagesOf(options);
    const [ofOwn, ofPages] = [judgeMemory(own, usages.own), judgeMemory(ofFiles, usages.ofFiles)];
    own = ofOwn.isDue ? reduce(options, "own", { before: ofOwn.next, by: free }) : ofOwn.next;
    // A collection runs code that is needed for nothing else.
    const isDue = ofOwn.isDue || ofPages.isDue;
    ofFiles = isDue ? reduce(options, "ofFiles", { before: ofPages.next, by: unmap }) : ofPages.next;
  }
}

function reduce(
  options: MemoryReducerOptions,
  kind: keyof Resident,
  { before, by }: { readonly before: Reduction; readonly by: (process: Loader) => void },
): Reduction {
  const start = usagesOf(options)[kind];
  by(options.process);
  const after = afterReduction({ ...before, last: start }, usagesOf(options)[kind]);
  const { reducedToBytes: afterBytes, costMs: cpuMs } = after;
  options.log.debug({ kind, beforeBytes: start.residentBytes, afterBytes, cpuMs }, "returned memory");
  return after;
}

function mapKinds<T, R>({ own, ofFiles }: OfKinds<T>, map: (value: T, kind: keyof Resident) => R): OfKinds<R> {
  return { own: map(own, "own"), ofFiles: map(ofFiles, "ofFiles") };
}

function usagesOf({ clock, process, look = residentOf }: MemoryReducerOptions): OfKinds<Usage> {
  const { user, system } = process.cpuUsage();
  const time = { nowMs: clock.now(), cpuMs: (user + system) / 1000 };
  return mapKinds(look(process), (residentBytes) => ({ ...time, residentBytes }));
}

function residentOf(process: MeasuredProcess): Resident {
  return parseResident(readOwn("status")) ?? { own: process.memoryUsage.rss(), ofFiles: 0 };
}

/** Reads a `/proc/<pid>/status`; `undefined` where the kernel does not tell kinds of memory apart. Pure. */
export function parseResident(status: string): Resident | undefined {
  const [, own, ofFiles] = /^RssAnon:\s+(\d+) kB\nRssFile:\s+(\d+) kB$/mu.exec(status) ?? [];
  return own === undefined ? undefined : { own: Number(own) * KIBIBYTE, ofFiles: Number(ofFiles) * KIBIBYTE };
}
