import { homedir } from "node:os";
import { join } from "node:path";

/** Folder in which the scripts keep what is expensive to make or to download. */
export function cacheFolder(): string {
  return process.env["SERVICE_PROVIDER_OCM_CACHE"] ?? join(baseFolder(), "service-provider-ocm");
}

function baseFolder(): string {
  return process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
}
