import type FFI from "node:ffi";
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What of Node's `process` it takes to get at the C library. */
export type Loader = Pick<NodeJS.Process, "emitWarning" | "getBuiltinModule">;

type CollectGarbage = (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void;

/** From Linux's `mman.h`, the same for all architectures. */
const MADV_DONTNEED = 4;

/** The two functions of the C library that return memory; both answer 0 or an error code. */
type CLibrary = {
  readonly trim: () => void;
  /** Unmaps the pages of a range; whoever reads one again maps it again from its file. */
  readonly unmap: (range: Range) => void;
};

/** Addresses in memory, the end not included. */
export type Range = { readonly start: bigint; readonly end: bigint };

/**
 * Collects all garbage, and returns what is free to the operating system, as Go's `debug.FreeOSMemory` does.
 *
 * Blocks the thread meanwhile: about 2 ms for each megabyte of live objects. On a machine or a Node that offers no way to
 * return memory, only the garbage is collected. Never throws.
 */
export function freeOSMemory(process: Loader): void {
  collectGarbage();
  cLibrary(process)?.trim();
}

/** Unmaps the pages of the program's files that nobody has written, which takes some milliseconds. Never throws. */
export function unmapFiles(process: Loader): void {
  const library = cLibrary(process);
  for (const range of library === undefined ? [] : unwrittenFileRanges(readOwn("smaps"))) {
    library?.unmap(range);
  }
}

/** Finds the ranges of a `/proc/<pid>/smaps` that hold nothing but pages of files as the files are. Pure. */
export function unwrittenFileRanges(smaps: string): readonly Range[] {
  // A page of a file that was written is a private copy, and anonymous from then on: an unmapped one would be lost.
  const range =
    /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+ +\/.*\n(?:[A-Z]\w*:.*\n)*?Anonymous: +0 kB\n(?:[A-Z]\w*:.*\n)*?Swap: +0 kB$/gm;
  return Array.from(smaps.matchAll(range), ([, start = "", end = ""]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
  }));
}

// Only "last-resort" empties V8's pool of pages, which after many tenants is as large as the heap.
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8 knows its function, and Node has no type for it
    (runInNewContext("gc") as CollectGarbage)({ type: "major", flavor: "last-resort" });
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}

/** What the kernel says of this process; nothing where it says nothing about memory. */
export function readOwn(file: "smaps" | "status"): string {
  try {
    return readFileSync(`/proc/self/${file}`, "latin1");
  } catch {
    return "";
  }
}

// glibc keeps what is freed, in an arena for each of several threads, and V8 has no function that unmaps code.
function cLibrary(process: Loader): CLibrary | undefined {
  try {
    const { functions } = loadFFI(process).dlopen(null, {
      malloc_trim: { arguments: ["u64"], return: "i32" },
      madvise: { arguments: ["u64", "u64", "i32"], return: "i32" },
    });
    return {
      trim: () => void functions.malloc_trim(0n),
      unmap: ({ start, end }) => void functions.madvise(start, end - start, MADV_DONTNEED),
    };
  } catch {
    return undefined;
  }
}

// Node warns on standard error, among the lines of the log, that the module may change: then loading it fails here.
function loadFFI(process: Loader): typeof FFI {
  const warn: unknown = Reflect.get(process, "emitWarning");
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:ffi");
  } finally {
    Reflect.set(process, "emitWarning", warn);
  }
}
