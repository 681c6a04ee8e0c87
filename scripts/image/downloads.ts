import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../cache/cache-folder.ts";

/** A file of the Debian archive, pinned by its hash. */
export type DebianPin = {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Folder of the mirror: `debian`, or `debian-security`. */
  readonly archive: string;
  readonly path: string;
  readonly sha256: string;
};

/** A package of the npm registry, as the lock file pins it. */
export type NpmPin = { readonly name: string; readonly version: string; readonly integrity: string };

type Get = (url: string) => Promise<Response>;

const run = promisify(execFile);

/**
 * Fetches a Debian package: from the mirrors of this machine's apt, then from Debian, then from Debian's snapshots, which
 * keep what the mirrors have replaced.
 */
export function fetchDebianPackage(pin: DebianPin, snapshot: string, get: Get = fetch): Promise<Buffer> {
  return cached(pin.path.replace(/.*\//u, ""), { algorithm: "sha256", digest: pin.sha256 }, async () => {
    const failures: string[] = [];
    for (const url of debianUrls(pin, snapshot)) {
      try {
        const response = await get(url);
        if (response.ok) {
          return Buffer.from(await response.arrayBuffer());
        }
        failures.push(`${url}: ${response.status}`);
      } catch (error) {
        failures.push(`${url}: ${reasonOf(error)}`);
      }
    }
    throw new Error(
      `expected ${pin.name} ${pin.version} (${pin.architecture}) at a Debian mirror, found it at none of\n` +
        `  ${failures.join("\n  ")}\nDebian may have replaced the version: npm run image:pins takes the present one`,
    );
  });
}

/** Fetches a package through npm, as npm is configured on this machine. */
export function fetchNpmPackage(pin: NpmPin): Promise<Buffer> {
  const [algorithm = "", digest = ""] = pin.integrity.split("-", 2);
  const hex = Buffer.from(digest, "base64").toString("hex");
  return cached(`${pin.name}-${pin.version}.tgz`, { algorithm, digest: hex }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "npm-pack-"));
    try {
      await run("npm", ["pack", `${pin.name}@${pin.version}`, "--pack-destination", folder]);
      return readFileSync(join(folder, globSync("*.tgz", { cwd: folder })[0] ?? ""));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** The address of a package at each mirror, the nearest first. */
function debianUrls({ archive, path }: DebianPin, snapshot: string): readonly string[] {
  const mirrors = [...aptMirrors().filter((url) => url.endsWith(`/${archive}`)), `https://deb.debian.org/${archive}`];
  const bases = [...new Set(mirrors), `https://snapshot.debian.org/archive/${archive}/${snapshot}`];
  return bases.map((base) => `${base}/${path}`);
}

function aptMirrors(): readonly string[] {
  const files = globSync("/etc/apt/{sources.list,sources.list.d/*.{list,sources}}");
  return files
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .filter((line) => /^(?:deb|URIs:)\s/u.test(line))
    .flatMap((line) => line.match(/https?:\/\/\S+/gu) ?? [])
    .map((url) => url.replace(/\/$/u, ""));
}

type Hash = { readonly algorithm: string; readonly digest: string };

async function cached(name: string, hash: Hash, fetchFile: () => Promise<Buffer>): Promise<Buffer> {
  const folder = join(cacheFolder(), "downloads");
  const path = join(folder, `${hash.digest.slice(0, 16)}-${name}`);
  const known = readIfThere(path);
  if (known !== undefined && digestOf(known, hash) === hash.digest) {
    return known;
  }
  const fresh = await fetchFile();
  const found = digestOf(fresh, hash);
  if (found !== hash.digest) {
    throw new Error(
      `expected ${name} with ${hash.algorithm} ${hash.digest}, found ${found}: it is not what was pinned`,
    );
  }
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, fresh);
  renameSync(unfinished, path);
  return fresh;
}

function digestOf(content: Buffer, { algorithm }: Hash): string {
  return createHash(algorithm).update(content).digest("hex");
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
