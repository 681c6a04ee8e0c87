import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Binary } from "./binary.ts";

/** The environment variables that decide where programs are looked for. */
export type BinaryEnvironment = Readonly<
  Partial<Record<"KUBEBUILDER_ASSETS" | "SERVICE_PROVIDER_OCM_CACHE" | "XDG_CACHE_HOME", string>>
>;

/** Where a program of exactly this version lies once it has been built. */
export function cachedPath(binary: Binary, env: BinaryEnvironment): string {
  return join(cacheFolder(env), "bin", `${binary.name}-${binary.version}`);
}

/** Finds the program in `KUBEBUILDER_ASSETS`, then in the project's cache. */
export async function findBinary(binary: Binary, env: BinaryEnvironment): Promise<string | undefined> {
  const assets = env.KUBEBUILDER_ASSETS;
  const candidates = [
    ...(assets === undefined || assets === "" ? [] : [join(assets, binary.name)]),
    cachedPath(binary, env),
  ];
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) {
      return candidate;
    }
  }
  return undefined;
}

/** Folder in which programs are kept once they have been built. */
export function cacheFolder(env: BinaryEnvironment): string {
  const own = env.SERVICE_PROVIDER_OCM_CACHE;
  if (own !== undefined && own !== "") {
    return own;
  }
  const shared = env.XDG_CACHE_HOME;
  const base = shared !== undefined && shared !== "" ? shared : join(homedir(), ".cache");
  return join(base, "service-provider-ocm");
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
