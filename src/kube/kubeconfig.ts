import { readFile } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import { cachedCredentials, type Credentials, fixedCredentials } from "./credentials.ts";
import { execCredentials } from "./exec-credentials.ts";
import {
  Fields,
  type KubeconfigDocument,
  KubeconfigError,
  parseKubeconfigDocument,
  parseTrustedDocument,
  selectContext,
} from "./kubeconfig-document.ts";
import {
  type ClusterAddress,
  impersonation,
  isPlain,
  readCluster,
  readUser,
  type UserFiles,
} from "./kubeconfig-entries.ts";

/** Everything a client needs to talk to one API server. */
export type ClusterConfig = ClusterAddress & { readonly credentials: Credentials };

/** How a kubeconfig of the operator is loaded. */
export type KubeconfigOptions = {
  /** Context to use instead of the current one. */
  readonly context?: string;
  /** Credential plugins run in this environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Clock;
};

/** How the service account of a pod is loaded. */
export type InClusterOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Clock;
  /** Where the service account is mounted; the usual place when absent. */
  readonly folder?: string;
};

/** A kubeconfig of another system asks for more than inline data, or cannot be used. The message quotes no secret. */
export class UntrustedKubeconfigError extends Error {
  override readonly name: string = "UntrustedKubeconfigError";
}

const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const MAX_UNTRUSTED_LENGTH = 1_048_576;
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
const UNTRUSTED_PROXIES: readonly string[] = ["http:", "https:"];
const TRUSTED_PROXIES: readonly string[] = [...UNTRUSTED_PROXIES, "socks5:"];
/** Tokens are replaced well before they expire, so a file need not be read for each request. */
const REREAD_AFTER_MS = 60_000;

/** Loads the kubeconfig of the flag, else of `KUBECONFIG`, else the pod's service account, else `~/.kube/config`. */
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
 * Loads a kubeconfig of the operator: everything that kubectl supports, plugins and files included.
 *
 * @param path one file, or several joined as in `KUBECONFIG`: the first file that has an entry wins, missing files are
 * skipped
 */
export async function loadKubeconfig(path: string, options: KubeconfigOptions): Promise<ClusterConfig> {
  const { document, folders } = await readDocuments(path);
  const { cluster, user } = selectContext(document, options.context);
  const caFile = await readNamedFile(cluster, "certificate-authority", folders.get(cluster) ?? ".");
  const address = readCluster(cluster, { caFile, proxyProtocols: TRUSTED_PROXIES });
  const credentials = readCredentials(user, { ...options, cluster, caFile, folder: folders.get(user) ?? "." });
  // Like client-go: send no credential over a connection that anybody can read.
  return {
    ...address,
    credentials: isPlain(address) ? fixedCredentials({ headers: impersonation(user) }) : credentials,
  };
}

/**
 * Loads the service account of the pod that this process runs in. Its token is read again when it may have been
 * rotated.
 */
export async function loadInCluster(options: InClusterOptions): Promise<ClusterConfig> {
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
    ...(ca !== undefined && { ca }),
    credentials: fileCredentials(mount, { folder, clock }),
  };
}

/**
 * Parses a kubeconfig that another system wrote, for example into a Secret.
 *
 * Such a kubeconfig may hold inline data only: commands, files and impersonation are refused in every entry, whether
 * the entry is used or not.
 */
export function parseUntrustedKubeconfig(text: string): ClusterConfig {
  try {
    return readUntrustedKubeconfig(text);
  } catch (error) {
    throw error instanceof KubeconfigError ? new UntrustedKubeconfigError(error.message) : error;
  }
}

function readUntrustedKubeconfig(text: string): ClusterConfig {
  if (text.length > MAX_UNTRUSTED_LENGTH) {
    throw new KubeconfigError(`kubeconfig: found ${text.length} characters, expected at most ${MAX_UNTRUSTED_LENGTH}`);
  }
  const document = parseKubeconfigDocument(text);
  document.clusters.forEach((cluster) => refuse(cluster, REFUSED_IN_CLUSTER));
  document.users.forEach((user) => refuse(user, REFUSED_IN_USER));
  const { cluster, user } = selectContext(document);
  const address = readCluster(cluster, { proxyProtocols: UNTRUSTED_PROXIES });
  if (isPlain(address) && user.names().length > 0) {
    throw cluster.error("server", "must start with https://: a credential is not sent where anybody can read it");
  }
  return { ...address, credentials: fixedCredentials(readUser(user)) };
}

function refuse(entry: Fields, fields: readonly string[]): void {
  const found = fields.find((field) => entry.has(field));
  if (found !== undefined) {
    throw entry.error(found, "is refused: a kubeconfig of another system may hold inline data only");
  }
}

function isInCluster(env: NodeJS.ProcessEnv): boolean {
  return (env["KUBERNETES_SERVICE_HOST"] ?? "") !== "" && (env["KUBERNETES_SERVICE_PORT"] ?? "") !== "";
}

/** The merged kubeconfig files of `path`, and the folder of each entry: relative paths in the entry start there. */
async function readDocuments(path: string): Promise<{
  readonly document: KubeconfigDocument;
  readonly folders: ReadonlyMap<Fields, string>;
}> {
  const folders = new Map<Fields, string>();
  const documents: KubeconfigDocument[] = [];
  for (const file of path.split(delimiter).filter((part) => part !== "")) {
    const text = await readIfExists(file);
    if (text !== undefined) {
      const document = parseTrustedDocument(text, `kubeconfig ${file}`);
      [...document.clusters.values(), ...document.users.values()].forEach((entry) => folders.set(entry, dirname(file)));
      documents.push(document);
    }
  }
  if (documents.length === 0) {
    throw new KubeconfigError(`kubeconfig ${path} does not exist`);
  }
  const firstWins = (part: "contexts" | "clusters" | "users"): ReadonlyMap<string, Fields> =>
    new Map(documents.toReversed().flatMap((document) => [...document[part]]));
  const currentContext = documents.find((document) => document.currentContext !== undefined)?.currentContext;
  const [contexts, clusters, users] = [firstWins("contexts"), firstWins("clusters"), firstWins("users")];
  return { document: { currentContext, contexts, clusters, users }, folders };
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
      return undefined;
    }
    throw new KubeconfigError(`kubeconfig ${path} cannot be read`, { cause });
  }
}

function readCredentials(
  user: Fields,
  options: KubeconfigOptions & {
    readonly cluster: Fields;
    readonly caFile: string | undefined;
    readonly folder: string;
  },
): Credentials {
  const { env, cluster, caFile, folder, clock = systemClock } = options;
  if (user.has("auth-provider")) {
    throw user.error("auth-provider", "is not supported any more, by kubectl neither: use exec");
  }
  const exec = user.fields("exec");
  const plugin =
    exec && execCredentials(exec, { clock, env, folder, cluster, caFile, impersonation: impersonation(user) });
  return plugin === undefined || hasCredential(user) ? fileCredentials(user, { folder, clock }) : plugin;
}

// Like client-go: a plugin runs only for a user without any other credential.
function hasCredential(user: Fields): boolean {
  return (
    ["token", "tokenFile", "username"].some((field) => user.has(field)) ||
    ["client-certificate", "client-key"].every((field) => user.has(field) || user.has(`${field}-data`))
  );
}

/** Yields the credential of a user, and follows the files that the user names as they are rotated. */
function fileCredentials(
  user: Fields,
  { folder, clock }: { readonly folder: string; readonly clock: Clock },
): Credentials {
  if (!["tokenFile", "client-certificate", "client-key"].some((field) => user.has(field))) {
    return fixedCredentials(readUser(user));
  }
  return cachedCredentials(async () => {
    const credential = readUser(user, await readUserFiles(user, folder));
    return { credential, validUntilMs: clock.now() + REREAD_AFTER_MS };
  }, clock);
}

async function readUserFiles(user: Fields, folder: string): Promise<UserFiles> {
  return {
    token: await readToken(user, folder),
    cert: await readNamedFile(user, "client-certificate", folder),
    key: await readNamedFile(user, "client-key", folder),
  };
}

async function readToken(user: Fields, folder: string): Promise<string | undefined> {
  try {
    const token = (await readNamedFile(user, "tokenFile", folder))?.trim();
    if (token === "") {
      throw user.error("tokenFile", "names a file that is empty, expected a token");
    }
    return token;
  } catch (error) {
    // The inline token is used as long as the file has none.
    if (user.has("token")) {
      return undefined;
    }
    throw error;
  }
}

/** Reads the file that a field names; `undefined` when the field is absent. */
async function readNamedFile(fields: Fields, field: string, folder: string): Promise<string | undefined> {
  const path = fields.text(field);
  if (path === undefined) {
    return undefined;
  }
  try {
    return await readFile(resolve(folder, path), "utf8");
  } catch (cause) {
    throw Object.assign(fields.error(field, "names a file that cannot be read"), { cause });
  }
}
