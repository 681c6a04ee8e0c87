import type { Secret } from "../kube/core.ts";
import { type ClusterConfig, parseUntrustedKubeconfig, UntrustedKubeconfigError } from "../kube/kubeconfig.ts";
import { KUBECONFIG_KEY } from "./access-request.ts";
import { readKubeconfig } from "./kubeconfig-secret.ts";

/** Whether the kubeconfig of a tenant's cluster is good for anything, and for anybody on the way. */
export type KubeconfigReview =
  | { readonly state: "fine" | "unverified" }
  | { readonly state: "refused"; readonly message: string };

/** Reviews the kubeconfig in a Secret of the platform, without a request. */
export function reviewKubeconfig(secret: Secret): KubeconfigReview {
  if (secret.data?.[KUBECONFIG_KEY] === undefined) {
    return { state: "refused", message: `its Secret has no key "${KUBECONFIG_KEY}"` };
  }
  try {
    return { state: isVerified(parseUntrustedKubeconfig(readKubeconfig(secret))) ? "fine" : "unverified" };
  } catch (error) {
    if (error instanceof UntrustedKubeconfigError) {
      return { state: "refused", message: error.message };
    }
    throw error;
  }
}

function isVerified({ server, insecureSkipTlsVerify }: ClusterConfig): boolean {
  return new URL(server).protocol === "https:" && !insecureSkipTlsVerify;
}
