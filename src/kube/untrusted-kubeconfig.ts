import { type ClusterAddress, isPlain, readCluster } from "./cluster-entry.ts";
import { type Credentials, fixedCredentials } from "./credentials.ts";
import { type Fields, KubeconfigError } from "./fields.ts";
import { type KubeconfigDocument, parseKubeconfigDocument, selectContext } from "./kubeconfig-document.ts";
import { readUser } from "./user-entry.ts";

const MAX_LENGTH = 1_048_576;
const REFUSED_IN_CLUSTER: readonly string[] = ["certificate-authority"];
const REFUSED_IN_USER: readonly string[] = [
  "exec",
  "auth-provider",
  "tokenFile",
  "client-certificate",
  "client-key",
  "as",
  "as-uid",
  "as-groups",
  "as-user-extra",
];
const PROXY_PROTOCOLS: readonly string[] = ["http:", "https:"];

/** Interprets a kubeconfig of another system: inline data only, in every entry, used or not. */
export function readUntrustedKubeconfig(text: string): ClusterAddress & { readonly credentials: Credentials } {
  if (text.length > MAX_LENGTH) {
    throw new KubeconfigError(`kubeconfig: found ${text.length} characters, expected at most ${MAX_LENGTH}`);
  }
  const document = parseKubeconfigDocument(text);
  refuseOutsideReferences(document);
  const { cluster, user } = selectContext(document);
  const address = readCluster(cluster, { proxyProtocols: PROXY_PROTOCOLS });
  if (isPlain(address) && user.names().length > 0) {
    throw cluster.error("server", "must start with https://: a credential is not sent where anybody can read it");
  }
  return { ...address, credentials: fixedCredentials(readUser(user)) };
}

function refuseOutsideReferences(document: KubeconfigDocument): void {
  for (const cluster of document.clusters.values()) {
    refuse(cluster, REFUSED_IN_CLUSTER);
  }
  for (const user of document.users.values()) {
    refuse(user, REFUSED_IN_USER);
  }
}

function refuse(entry: Fields, fields: readonly string[]): void {
  const found = fields.find((field) => entry.has(field));
  if (found !== undefined) {
    throw entry.error(found, "is refused: a kubeconfig of another system may hold inline data only");
  }
}
