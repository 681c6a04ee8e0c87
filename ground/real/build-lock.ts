import { mkdir, open, rm, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock whose file was not touched for so long belongs to nobody any more. */
const STALE_AFTER_MS = 15_000;
const HEARTBEAT_MS = 3_000;
const RETRY_MS = 500;

/** How to take a build lock. */
export type BuildLockOptions = {
  readonly signal: AbortSignal;
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void;
  /** True once the work has been done by the one who held the lock; then `work` is not called. */
  readonly isDone: () => Promise<boolean>;
};

/**
 * Runs `work` while holding the lock file at `path`, unless somebody else does the work meanwhile.
 *
 * It saves work, it does not guard data: should two holders ever meet, both builds end in an atomic rename.
 */
export async function withBuildLock(path: string, options: BuildLockOptions, work: () => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  let hasWaited = false;
  while (!(await options.isDone())) {
    options.signal.throwIfAborted();
    if (await take(path)) {
      await hold(path, work);
      return;
    }
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!hasWaited) {
      options.onWait?.();
      hasWaited = true;
    }
    await sleep(RETRY_MS, undefined, { signal: options.signal });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx")).close();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) {
      return false;
    }
    throw error;
  }
}

async function hold(path: string, work: () => Promise<void>): Promise<void> {
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A lock file that was taken away costs a double build at worst.
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > STALE_AFTER_MS;
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      return false;
    }
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
