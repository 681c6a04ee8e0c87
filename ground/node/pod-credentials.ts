import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../ground.ts";
import { refOf, type SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { waitUntil } from "../wait-until.ts";
import type { Pod } from "./pod.ts";

/** The cluster to which a pod's identity belongs. */
export type CredentialsOptions = {
  readonly client: SimClient;
  readonly address: Address;
  readonly folder: string;
  /** Ends the renewal. */
  readonly signal: AbortSignal;
};

const LIFETIME_SECONDS = 3600;
const RENEW_AFTER = 0.8;
const SECOND_MS = 1000;
const WITHIN_MS = 30_000;

/** Where the identity of a pod's service account lies. */
export type PodCredentials = {
  readonly kubeconfigPath: string;
  /** `token`, `ca.crt` and `namespace`, readable for every user who can reach the folder: only containers can. */
  readonly serviceAccountFolder: string;
};

/**
 * Writes the identity of a pod's service account, as a kubeconfig and as a container finds it.
 *
 * The token is bound to the pod, and is renewed in its file long before it expires.
 */
export async function makePodCredentials(pod: Pod, options: CredentialsOptions): Promise<PodCredentials> {
  const { folder, address, signal } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const serviceAccountFolder = join(folder, "serviceaccount");
  await mkdir(serviceAccountFolder, { recursive: true, mode: 0o755 });
  await writeFile(join(serviceAccountFolder, "ca.crt"), address.caPem ?? "", { mode: 0o644 });
  await writeFile(join(serviceAccountFolder, "namespace"), pod.metadata.namespace ?? "default", { mode: 0o644 });
  const tokenFile = join(serviceAccountFolder, "token");
  // The account may be a moment younger than the pod.
  await waitUntil(() => writeToken(pod, tokenFile, options), {
    what: "a token for a pod",
    withinMs: WITHIN_MS,
    signal,
  });
  void keepFresh(() => writeToken(pod, tokenFile, options), signal);
  const kubeconfigPath = join(folder, "kubeconfig");
  await writeFile(kubeconfigPath, kubeconfig(options, tokenFile), { mode: 0o600 });
  return { kubeconfigPath, serviceAccountFolder };
}

async function keepFresh(renew: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  let sleepMs = LIFETIME_SECONDS * SECOND_MS * RENEW_AFTER;
  for (;;) {
    await systemSimClock.sleep(sleepMs, signal);
    if (signal.aborted) {
      return;
    }
    sleepMs = await renew().then(
      () => LIFETIME_SECONDS * SECOND_MS * RENEW_AFTER,
      () => SECOND_MS,
    );
  }
}

async function writeToken(pod: Pod, path: string, { client }: CredentialsOptions): Promise<boolean> {
  const { apiVersion, kind, namespace, name } = refOf(pod);
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    namespace,
    name: pod.spec.serviceAccountName ?? "default",
  };
  const answer = await client.createSubresource<{ readonly status: { readonly token: string } }>(account, "token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {
      expirationSeconds: LIFETIME_SECONDS,
      boundObjectRef: { apiVersion, kind, name, uid: pod.metadata.uid },
    },
  });
  // Readers see the old token or the new one, never half of one.
  await writeFile(`${path}.new`, answer.status.token, { mode: 0o644 });
  await rename(`${path}.new`, path);
  return true;
}

function kubeconfig({ address }: CredentialsOptions, tokenFile: string): string {
  const { server, caPem = "" } = address;
  const name = "pod";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") } }],
    users: [{ name, user: { tokenFile } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
