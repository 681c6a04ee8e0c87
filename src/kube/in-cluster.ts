import { join } from "node:path";
import { systemClock, type Clock } from "./clock.ts";
import type { ClusterAddress } from "./cluster-entry.ts";
import type { Credentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { Fields, KubeconfigError } from "./fields.ts";
import { fileCredentials, readNamedFile } from "./file-credentials.ts";

/** What finding the cluster around a pod depends on. */
export type InClusterOptions = {
  readonly env: Environment;
  readonly clock?: Clock;
  /** Where the service account is mounted; the usual place when absent. */
  readonly folder?: string;
};

const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Says whether the environment is that of a pod. */
export function isInCluster(env: Environment): boolean {
  return (env["KUBERNETES_SERVICE_HOST"] ?? "") !== "" && (env["KUBERNETES_SERVICE_PORT"] ?? "") !== "";
}

/** Reads the access of a pod's service account; its token is read anew as it is rotated. */
export async function readInCluster(
  options: InClusterOptions,
): Promise<ClusterAddress & { readonly credentials: Credentials }> {
  const { env, clock = systemClock, folder = SERVICE_ACCOUNT_FOLDER } = options;
  if (!isInCluster(env)) {
    throw new KubeconfigError("not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  }
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const mount = new Fields("service account", { ca: join(folder, "ca.crt"), tokenFile: join(folder, "token") });
  const ca = await readNamedFile(mount, "ca", folder);
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${env["KUBERNETES_SERVICE_PORT"]}`,
    insecureSkipTlsVerify: false,
    ...(ca === undefined ? {} : { ca }),
    credentials: fileCredentials(mount, { folder, clock }),
  };
}
