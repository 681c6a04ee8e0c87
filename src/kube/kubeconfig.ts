import type { Credentials } from "./credentials.ts";
import { KubeconfigError } from "./fields.ts";
import { readUntrustedKubeconfig } from "./untrusted-kubeconfig.ts";

/** Everything needed to reach one API server. */
export type ClusterConfig = {
  /** Base URL, `http` or `https`, possibly with a path. */
  readonly server: string;
  /** PEM; the system's certificate authorities when absent. */
  readonly ca?: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName?: string;
  readonly proxyURL?: string;
  readonly credentials: Credentials;
};

/** A kubeconfig of another system asks for more than inline data, or cannot be used. The message quotes no secret. */
export class UntrustedKubeconfigError extends Error {
  override readonly name: string = "UntrustedKubeconfigError";
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
