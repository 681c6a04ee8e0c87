import { KubeClient, type KubeClientOptions } from "../../kube/client.ts";
import { secrets, type Secret } from "../../kube/core.ts";
import { parseUntrustedKubeconfig, type ClusterConfig, UntrustedKubeconfigError } from "../../kube/kubeconfig.ts";
import type { ObjectRef } from "../../kube/object.ts";
import { renewableTransport } from "../../kube/renewable-transport.ts";
import type { ClosableTransport } from "../../kube/transport.ts";
import { KUBECONFIG_KEY } from "./kinds.ts";

/** What is needed to reach clusters whose kubeconfigs lie in Secrets of the platform. */
export type KubeconfigSecretDeps = {
  readonly platform: Pick<KubeClient, "get">;
  readonly connect: (config: ClusterConfig) => ClosableTransport;
  readonly clientOptions: Omit<KubeClientOptions, "transport">;
};

/** A client whose credentials come from a Secret. */
export type KubeconfigSecretClient = {
  readonly client: KubeClient;
  /** The kubeconfig in use; absent before the first request. */
  readonly kubeconfig: () => string | undefined;
  /** When its token expires, if the token ever does. */
  readonly expiresAtMs: () => number | undefined;
  /** Takes over the kubeconfig of the rewritten Secret, and does nothing when it is the one in use. */
  readonly follow: (secret: Secret) => Promise<void>;
  /** Reads the Secret again; what it had before stays in use when that fails. */
  readonly reload: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Makes a client of the cluster whose kubeconfig lies in the Secret of the platform that `locate` names.
 *
 * The Secret is read with the first request and again with every 401. A new kubeconfig ends open watches, so that they
 * go on with the new credentials.
 */
export function clientFromSecret(locate: () => ObjectRef, deps: KubeconfigSecretDeps): KubeconfigSecretClient {
  let inUse: string | undefined;
  let expiresAtMs: number | undefined;
  const transport = renewableTransport(async (signal) => {
    const secret = await deps.platform.get(secrets, locate(), signal);
    const kubeconfig = readKubeconfig(secret);
    const connection = deps.connect(parseUntrustedKubeconfig(kubeconfig));
    inUse = kubeconfig;
    expiresAtMs = tokenLifetime(secret)?.endMs;
    return connection;
  });
  return {
    client: new KubeClient({ ...deps.clientOptions, transport }),
    kubeconfig: () => inUse,
    expiresAtMs: () => expiresAtMs,
    follow: async (secret) => {
      if (inUse !== undefined && readKubeconfig(secret) !== inUse) {
        await transport.renew();
      }
    },
    reload: () => transport.renew(),
    close: () => transport.close(),
  };
}

/** Reads the kubeconfig out of a Secret of the platform. */
export function readKubeconfig(secret: Secret): string {
  const encoded = secret.data?.[KUBECONFIG_KEY];
  if (encoded === undefined) {
    throw new Error(`Secret "${secret.metadata.name}" has no key "${KUBECONFIG_KEY}"`);
  }
  return Buffer.from(encoded, "base64").toString("utf8");
}

/** From when to when a token is good, in milliseconds since 1970. */
export type TokenLifetime = { readonly beginMs: number; readonly endMs: number };

/** Reads how long the token in a Secret of the platform is good, as the platform notes it; undefined for one that does not expire. */
export function tokenLifetime({ data = {} }: Secret): TokenLifetime | undefined {
  const timeAt = (key: string): number =>
    Number.parseInt(Buffer.from(data[key] ?? "", "base64").toString("utf8"), 10) * 1000;
  const lifetime = { beginMs: timeAt("creationTimestamp"), endMs: timeAt("expirationTimestamp") };
  return Number.isNaN(lifetime.beginMs + lifetime.endMs) ? undefined : lifetime;
}

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
