import { describeBinary } from "./binary.ts";
import type { Binary, BinaryName } from "./binary.ts";
import { buildBinary } from "./build-binary.ts";
import { withBuildLock } from "./build-lock.ts";
import { cachedPath, findBinary } from "./find-binary.ts";
import type { BinaryEnvironment } from "./find-binary.ts";
import { checkGoToolchain } from "./go-toolchain.ts";

/** How to report about, and how to stop, the search for programs. */
export type EnsureBinariesOptions = {
  /** Receives one line for each step, and further ones while a step takes long. */
  readonly onProgress?: (line: string) => void;
  /** Time between two lines of a step, in ms. Default 10 s. */
  readonly progressEveryMs?: number;
  readonly signal?: AbortSignal;
  readonly env?: BinaryEnvironment;
};

/**
 * Gives the path of each program, building those that are neither in `KUBEBUILDER_ASSETS` nor in the cache.
 *
 * May be called from several processes at once: one builds, the others wait for it.
 */
export async function ensureBinaries<Name extends BinaryName>(
  names: readonly Name[],
  options: EnsureBinariesOptions = {},
): Promise<Record<Name, string>> {
  const env = options.env ?? process.env;
  const found: Partial<Record<Name, string>> = {};
  const missing: { readonly name: Name; readonly binary: Binary }[] = [];
  for (const name of names) {
    const binary = describeBinary(name);
    const path = await findBinary(binary, env);
    if (path === undefined) {
      missing.push({ name, binary });
    } else {
      found[name] = path;
    }
  }
  if (missing.length > 0) {
    await checkGoToolchain(options.signal);
  }
  for (const [index, { name, binary }] of missing.entries()) {
    const target = cachedPath(binary, env);
    await buildWithProgress(binary, target, { ...options, step: `[${index + 1}/${missing.length}]` });
    found[name] = target;
  }
  if (!isComplete(found, names)) {
    throw new Error("expected a path for every program");
  }
  return found;
}

function isComplete<Name extends string>(
  paths: Partial<Record<Name, string>>,
  names: readonly Name[],
): paths is Record<Name, string> {
  return names.every((name) => paths[name] !== undefined);
}

async function buildWithProgress(
  binary: Binary,
  target: string,
  options: EnsureBinariesOptions & { readonly step: string },
): Promise<void> {
  const what = `${options.step} ${binary.name} ${binary.version}`;
  const signal = options.signal ?? new AbortController().signal;
  const env = options.env ?? process.env;
  const report = (line: string): void => options.onProgress?.(line);
  const startedAt = Date.now();
  let doing = "building";
  report(`${what}: building with go`);
  const ticker = setInterval(() => {
    report(`${what}: ${doing}, ${elapsed(Date.now() - startedAt)}`);
  }, options.progressEveryMs ?? 10_000);
  try {
    const lock = {
      signal,
      isDone: async () => (await findBinary(binary, env)) !== undefined,
      onWait: () => {
        doing = "waiting for another process that builds it";
        report(`${what}: ${doing}`);
      },
    };
    await withBuildLock(`${target}.lock`, lock, async () => {
      doing = "building";
      await buildBinary(binary, target, signal);
    });
  } finally {
    clearInterval(ticker);
  }
  report(`${what}: done in ${elapsed(Date.now() - startedAt)}`);
}

function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
