import { execFile } from "node:child_process";
import { access, constants, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { delimiter, join, relative } from "node:path";
import { promisify } from "node:util";

import { withBuildLock } from "../real/build-lock.ts";
import { cacheFolder } from "../real/find-binary.ts";
import { aptOptions, aptProblem, launcherScript } from "./apt.ts";

const execute = promisify(execFile);

/** A program to run, or the sentence that says why it cannot be had. */
export type DebianProgram = { readonly path: string } | { readonly missing: string };

/** Where the packages have the programs that tests use. */
const PROGRAMS = {
  prometheus: { executable: "usr/bin/prometheus", packages: ["prometheus"] },
  promtool: { executable: "usr/bin/promtool", packages: ["prometheus"] },
  zsh: { executable: "bin/zsh", packages: ["zsh"] },
  fish: { executable: "usr/bin/fish", packages: ["fish"] },
  // Debian's usr/bin/chromium is a shell script with absolute paths.
  chromium: { executable: "usr/lib/chromium/chromium", packages: ["chromium", "fonts-inter", "fonts-jetbrains-mono"] },
} as const;

/** The programs that tests may ask for. */
export type DebianProgramName = keyof typeof PROGRAMS;

const DEADLINE_MS = 240_000;
/** So long a failure is believed: not every test file shall wait for a mirror that is down. */
const RETRY_AFTER_MS = 600_000;

/**
 * Finds a program on the PATH or in the cache, else unpacks Debian's package into the cache.
 *
 * Nothing is installed, and nothing of the system changes. Versions are not pinned: Debian's mirrors forget old ones.
 */
export async function debianProgram(name: DebianProgramName, withinMs: number = DEADLINE_MS): Promise<DebianProgram> {
  const installed = await onPath(name);
  if (installed !== undefined) {
    return { path: installed };
  }
  const { executable, packages } = PROGRAMS[name];
  const base = join(cacheFolder(process.env), "debian");
  const root = join(base, packages.join("+"));
  // With other packages it is another program.
  const launcher = join(base, `run-${[name, ...packages].join("+")}`);
  const failure = join(base, `${name}.missing`);
  const signal = AbortSignal.timeout(withinMs);
  const isDone = async (): Promise<boolean> => (await starts(launcher)) || (await isRecent(failure));
  try {
    await withBuildLock(join(base, "lock"), { signal, isDone }, async () => {
      try {
        const write = (): Promise<void> => writeLauncher(launcher, root, executable);
        // Another program of the same package may have brought the files already.
        await write().catch(async () => unpack({ packages, root, signal }).then(write));
        await rm(failure, { force: true });
      } catch (error) {
        await writeFile(failure, aptProblem(messageOf(error)));
      }
    });
    return (await starts(launcher)) ? { path: launcher } : { missing: sentence(name, await readFile(failure, "utf8")) };
  } catch (error) {
    return { missing: sentence(name, messageOf(error)) };
  }
}

function sentence(name: string, problem: string): string {
  return `${name} is not on the PATH and could not be unpacked from Debian's package: ${problem}`;
}

type Unpacking = { readonly packages: readonly string[]; readonly root: string; readonly signal: AbortSignal };

async function unpack({ packages, root, signal }: Unpacking): Promise<void> {
  const work = `${root}.${process.pid}`;
  const apt = async (...args: readonly string[]): Promise<void> => {
    await execute("apt-get", [...aptOptions(work), ...args], { signal, env: { ...process.env, LC_ALL: "C" } });
  };
  try {
    await mkdir(join(work, "state/lists/partial"), { recursive: true });
    await mkdir(join(work, "cache/archives/partial"), { recursive: true });
    await apt("update");
    await apt("install", "--download-only", "--no-install-recommends", "--yes", ...packages);
    const unpacked = join(work, "root");
    await mkdir(unpacked);
    for (const deb of await readdir(join(work, "cache/archives"))) {
      if (deb.endsWith(".deb")) {
        await execute("dpkg-deb", ["--extract", join(work, "cache/archives", deb), unpacked], { signal });
      }
    }
    await rm(root, { recursive: true, force: true });
    await rename(unpacked, root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeLauncher(path: string, root: string, executable: string): Promise<void> {
  const libraries = await libraryFolders(root);
  await writeFile(path, launcherScript({ root, executable, libraries }), { mode: 0o755 });
  await execute(path, ["--version"]);
}

async function libraryFolders(root: string): Promise<readonly string[]> {
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  const libraries = files.filter(({ name }) => /\.so(?:\.|$)/u.test(name));
  return [...new Set(libraries.map(({ parentPath }) => relative(root, parentPath)))].toSorted();
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder !== "" && (await isExecutable(path))) {
      return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** A cache may be older than the system whose libraries the program needs. */
async function starts(path: string): Promise<boolean> {
  return execute(path, ["--version"]).then(
    () => true,
    () => false,
  );
}

async function isRecent(path: string): Promise<boolean> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs < RETRY_AFTER_MS,
    () => false,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
