import { join } from "node:path";
import { ensureBinaries } from "./ensure-binaries.ts";
import { freePorts } from "../free-ports.ts";
import { httpStatus } from "../http-status.ts";
import { type OwnRestartableProcess, type RestartableProcess, startRestartable } from "./restartable-process.ts";

/** A running etcd that any number of API servers share, each under its own prefix. */
export type Etcd = RestartableProcess & { readonly url: string };

/** One that this process has started. */
export type OwnEtcd = Etcd & OwnRestartableProcess;

/** Starts an etcd with its data in `folder`. It does not flush to the disk: it is for tests. */
export async function startEtcd(options: {
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}): Promise<OwnEtcd> {
  const { etcd: path } = await ensureBinaries(["etcd"], options);
  const [clientPort = 0, peerPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${clientPort}`;
  const started = await startRestartable({
    name: "etcd",
    path,
    args: etcdArguments({ dataFolder: join(options.folder, "etcd"), url, peerURL: `http://127.0.0.1:${peerPort}` }),
    logPath: join(options.folder, "logs", "etcd.log"),
    isReady: async (signal) => (await httpStatus(`${url}/health`, { signal })) === 200,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { ...started, url };
}

/** Arguments of an etcd of one member that listens on loopback only. */
export function etcdArguments(options: {
  readonly dataFolder: string;
  readonly url: string;
  readonly peerURL: string;
}): string[] {
  return [
    "--name=ground",
    `--data-dir=${options.dataFolder}`,
    `--listen-client-urls=${options.url}`,
    `--advertise-client-urls=${options.url}`,
    `--listen-peer-urls=${options.peerURL}`,
    `--initial-advertise-peer-urls=${options.peerURL}`,
    `--initial-cluster=ground=${options.peerURL}`,
    "--unsafe-no-fsync",
    // Tens of thousands of tenants write more between two compactions than the default of 2 GiB.
    "--quota-backend-bytes=8589934592",
    "--log-level=warn",
  ];
}
