import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemClock, type Clock } from "./clock.ts";
import { type ClusterAddress, isPlain, readCluster } from "./cluster-entry.ts";
import { type Credentials, fixedCredentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { execCredentials } from "./exec-credentials.ts";
import { type Fields, KubeconfigError } from "./fields.ts";
import { fileCredentials, readNamedFile } from "./file-credentials.ts";
import { type KubeconfigDocument, parseTrustedDocument, selectContext } from "./kubeconfig-document.ts";
import { impersonation } from "./user-entry.ts";

/** What interpreting an operator's kubeconfig depends on. */
export type KubeconfigOptions = {
  /** Context to use instead of the current one. */
  readonly context?: string;
  /** For plugins. */
  readonly env: Environment;
  readonly clock?: Clock;
};

/** A kubeconfig file as read. */
export type KubeconfigFile = { readonly path: string; readonly text: string };

const PROXY_PROTOCOLS: readonly string[] = ["http:", "https:", "socks5:"];

/** Reads those of the files that exist. */
export async function readKubeconfigFiles(paths: readonly string[]): Promise<readonly KubeconfigFile[]> {
  const files: KubeconfigFile[] = [];
  for (const path of paths) {
    try {
      files.push({ path, text: await readFile(path, "utf8") });
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) {
        throw new KubeconfigError(`kubeconfig ${path} cannot be read`, { cause });
      }
    }
  }
  return files;
}

/** Interprets kubeconfig files of the operator, of which the first that has an entry wins. */
export async function readTrustedKubeconfig(
  files: readonly KubeconfigFile[],
  options: KubeconfigOptions,
): Promise<ClusterAddress & { readonly credentials: Credentials }> {
  const { document, folders } = merge(files);
  const { cluster, user } = selectContext(document, options.context);
  const clusterFolder = folders.get(cluster) ?? ".";
  const caFile = await readNamedFile(cluster, "certificate-authority", clusterFolder);
  const read = readCluster(cluster, { caFile, proxyProtocols: PROXY_PROTOCOLS });
  const credentials = readCredentials(user, { ...options, cluster, caFile, folder: folders.get(user) ?? "." });
  // As every client made with client-go: no credential leaves over a connection that anybody can read.
  return { ...read, credentials: isPlain(read) ? fixedCredentials({ headers: impersonation(user) }) : credentials };
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

// A plugin is for users without any other credential.
function hasCredential(user: Fields): boolean {
  return (
    ["token", "tokenFile", "username"].some((field) => user.has(field)) ||
    ["client-certificate", "client-key"].every((field) => user.has(field) || user.has(`${field}-data`))
  );
}

function merge(files: readonly KubeconfigFile[]): {
  readonly document: KubeconfigDocument;
  readonly folders: ReadonlyMap<Fields, string>;
} {
  const folders = new Map<Fields, string>();
  const documents = files.map(({ path, text }) => {
    const document = parseTrustedDocument(text, `kubeconfig ${path}`);
    for (const entry of [...document.clusters.values(), ...document.users.values()]) {
      folders.set(entry, dirname(path));
    }
    return document;
  });
  const firstWins = (part: "contexts" | "clusters" | "users"): ReadonlyMap<string, Fields> =>
    new Map(documents.toReversed().flatMap((document) => [...document[part]]));
  const currentContext = documents.find((document) => document.currentContext !== undefined)?.currentContext;
  return {
    document: {
      ...(currentContext === undefined ? {} : { currentContext }),
      contexts: firstWins("contexts"),
      clusters: firstWins("clusters"),
      users: firstWins("users"),
    },
    folders,
  };
}
