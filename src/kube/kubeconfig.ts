import { delimiter, join } from "node:path";
import type { ClusterAddress } from "./cluster-entry.ts";
import type { Credentials } from "./credentials.ts";
import { KubeconfigError } from "./fields.ts";
import { type InClusterOptions, isInCluster, readInCluster } from "./in-cluster.ts";
import { type KubeconfigOptions, readKubeconfigFiles, readTrustedKubeconfig } from "./trusted-kubeconfig.ts";
import { readUntrustedKubeconfig } from "./untrusted-kubeconfig.ts";

/** Everything needed to talk to one API server. */
export type ClusterConfig = ClusterAddress & { readonly credentials: Credentials };

/** A kubeconfig of another system asks for more than inline data, or cannot be used. The message quotes no secret. */
export class UntrustedKubeconfigError extends Error {
  override readonly name: string = "UntrustedKubeconfigError";
}

/**
 * Loads a kubeconfig of the operator: everything that kubectl supports, plugins and files included.
 *
 * @param path one file, or several joined as in `KUBECONFIG`: the first that has an entry wins, missing ones are skipped
 */
export async function loadKubeconfig(path: string, options: KubeconfigOptions): Promise<ClusterConfig> {
  const files = await readKubeconfigFiles(path.split(delimiter).filter((part) => part !== ""));
  if (files.length === 0) {
    throw new KubeconfigError(`kubeconfig ${path} does not exist`);
  }
  return readTrustedKubeconfig(files, options);
}

/** Loads the access of the service account of the pod that this process runs in. */
export async function loadInCluster(options: InClusterOptions): Promise<ClusterConfig> {
  return readInCluster(options);
}

/** Loads what applies: the flag, else `KUBECONFIG`, else the pod's service account, else `~/.kube/config`. */
export async function loadDefault(
  options: KubeconfigOptions & { readonly kubeconfigFlag?: string },
): Promise<ClusterConfig> {
  const { env, kubeconfigFlag } = options;
  const named = [kubeconfigFlag, env["KUBECONFIG"]].find((path) => path !== undefined && path !== "");
  if (named !== undefined) {
    return loadKubeconfig(named, options);
  }
  if (isInCluster(env)) {
    return loadInCluster(options);
  }
  const home = env["HOME"] ?? env["USERPROFILE"] ?? ".";
  return loadKubeconfig(join(home, ".kube", "config"), options);
}

/**
 * Interprets a kubeconfig that another system wrote, for example into a Secret.
 *
 * It may hold inline data only: commands, files and impersonation are refused in every entry, whether used or not.
 */
export function parseUntrustedKubeconfig(text: string): ClusterConfig {
  try {
    return readUntrustedKubeconfig(text);
  } catch (error) {
    if (error instanceof KubeconfigError) {
      throw new UntrustedKubeconfigError(error.message);
    }
    throw error;
  }
}
