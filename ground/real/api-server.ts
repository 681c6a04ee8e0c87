import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import type { GroundCluster, LoggedRequest } from "../ground.ts";
import { type AuditLog, prepareAuditLog, readAuditLog } from "./audit-log.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import type { Etcd } from "./etcd.ts";
import { freePort } from "../free-ports.ts";
import { httpStatus } from "../http-status.ts";
import { makeServerCredentials } from "./server-credentials.ts";
import type { ServerCredentials } from "./server-credentials.ts";
import { TOKEN_ISSUER } from "./sign-token.ts";
import { type OwnRestartableProcess, type RestartableProcess, startRestartable } from "./restartable-process.ts";

/** What an API server is started with. */
export type ApiServerOptions = {
  readonly name: string;
  /** Folder of the ground. The server's own files go to a folder of its name in it, its log to `logs/`. */
  readonly folder: string;
  readonly etcd: Pick<Etcd, "url">;
  /** Namespaces whose writes are logged with their bodies. */
  readonly bodiesOf?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
};

/** A kube-apiserver with an administrator; its address and data survive `stop`, `kill` and `restart`. */
export type RealApiServer = GroundCluster &
  Pick<RestartableProcess, "stop" | "kill" | "restart"> & {
    readonly caPem: string;
    readonly adminToken: string;
    /** File with the key that signs the tokens of service accounts. */
    readonly serviceAccountKeyPath: string;
    /** What it was asked so far. */
    requests(): Promise<readonly LoggedRequest[]>;
  };

/** One that this process has started. */
export type OwnApiServer = RealApiServer & OwnRestartableProcess & { readonly audit: AuditLog };

/** Starts a kube-apiserver on loopback with RBAC and returns once it is ready. */
export async function startApiServer(options: ApiServerOptions): Promise<OwnApiServer> {
  const { name, folder } = options;
  const { "kube-apiserver": path } = await ensureBinaries(["kube-apiserver"], options);
  const { caPem, adminToken, files } = await makeServerCredentials(join(folder, name));
  const audit = await prepareAuditLog(join(folder, name), options.bodiesOf);
  const port = await freePort();
  const server = `https://127.0.0.1:${port}`;
  const kubeconfig = kubeconfigFor({ name, url: server, caPem, token: adminToken });
  const kubeconfigPath = await writeKubeconfig(folder, name, kubeconfig);

  const args = apiServerArguments({ name, port, etcdURL: options.etcd.url, files, audit });
  const running = await startRestartable({
    name: `kube-apiserver of ${name}`,
    path,
    args,
    logPath: join(folder, "logs", `${name}-kube-apiserver.log`),
    // Asked to end, it waits for watches that nobody ends; what it knows is in etcd.
    stopWithinMs: 300,
    isReady: (until) => isServing(server, { caPem, token: adminToken, signal: until }),
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  return {
    name,
    server,
    kubeconfig,
    kubeconfigPath,
    caPem,
    adminToken,
    serviceAccountKeyPath: files.serviceAccountKey,
    audit,
    ...running,
    requests: () => readAuditLog(audit),
  };
}

async function writeKubeconfig(folder: string, name: string, kubeconfig: string): Promise<string> {
  const path = join(folder, `${name}.kubeconfig`);
  await writeFile(path, kubeconfig, { mode: 0o600 });
  return path;
}

async function isServing(server: string, options: Parameters<typeof httpStatus>[1]): Promise<boolean> {
  return (await httpStatus(`${server}/readyz`, options)) === 200;
}

/** Arguments of a kube-apiserver that keeps its data under a prefix named after it. */
export function apiServerArguments(options: {
  readonly name: string;
  readonly port: number;
  readonly etcdURL: string;
  readonly files: ServerCredentials["files"];
  readonly audit: AuditLog;
}): string[] {
  const { files, audit } = options;
  return [
    `--etcd-servers=${options.etcdURL}`,
    `--etcd-prefix=/${options.name}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${options.port}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.key}`,
    `--token-auth-file=${files.tokens}`,
    "--authorization-mode=RBAC",
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--service-account-issuer=${TOKEN_ISSUER}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    // There is no network of services behind it, no kubelet that needs an account, and no controller that untaints nodes.
    "--endpoint-reconciler-type=none",
    "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
    "--profiling=false",
    `--audit-policy-file=${audit.policy}`,
    `--audit-log-path=${audit.log}`,
    // In MB: it must not begin anew while somebody reads it.
    "--audit-log-maxsize=10000",
  ];
}
