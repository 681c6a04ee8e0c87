import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RealApiServer } from "../api-server.ts";
import { readAuditLog } from "../audit-log.ts";
import type { GroundPrograms, ProgramsOptions } from "../ground-programs.ts";
import { registryAt } from "../registry.ts";
import type { RestartableProcess } from "../restartable-process.ts";
import { Lease } from "./lease.ts";
import type { ServerCoordinates } from "./lease-protocol.ts";

/** Borrows the programs of a ground through the socket of `serveLeases`; `stop` gives them back. */
export async function leasePrograms(
  socketPath: string,
  { folder: wanted, keep }: Pick<ProgramsOptions, "folder" | "keep">,
): Promise<GroundPrograms> {
  const folder = wanted ?? (await mkdtemp(join(tmpdir(), "service-provider-ocm-")));
  await mkdir(folder, { recursive: true });
  const { lease, ground } = await Lease.take(socketPath);
  const registry = ground.registry;
  return {
    folder,
    etcd: { ...leasedProcess(lease, "etcd", ground.etcd.logPath), url: ground.etcd.url },
    platform: await leasedServer(lease, folder, ground.platform),
    onboarding: await leasedServer(lease, folder, ground.onboarding),
    flux: {
      sourceController: leasedProcess(lease, "source-controller", ground.sourceController.logPath),
      helmController: leasedProcess(lease, "helm-controller", ground.helmController.logPath),
      stop: async () => {
        await Promise.all([lease.call("source-controller", "stop"), lease.call("helm-controller", "stop")]);
      },
    },
    registry: {
      ...registryAt(registry),
      stop: () => lease.call("registry", "stop"),
      kill: () => lease.call("registry", "kill"),
      restart: () => lease.call("registry", "restart"),
    },
    startCluster: async () => {
      const coordinates = await lease.call<ServerCoordinates>("cluster", "start");
      const server = await leasedServer(lease, folder, coordinates);
      return { server, stop: () => lease.call(server.name, "end") };
    },
    stop: async () => {
      await lease.end();
      if (keep !== true) {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function leasedProcess(lease: Lease, name: string, logPath: string): RestartableProcess {
  return {
    logPath,
    stop: () => lease.call(name, "stop"),
    kill: () => lease.call(name, "kill"),
    restart: () => lease.call(name, "restart"),
  };
}

async function leasedServer(lease: Lease, folder: string, coordinates: ServerCoordinates): Promise<RealApiServer> {
  const { audit, ...server } = coordinates;
  const kubeconfigPath = join(folder, `${server.name}.kubeconfig`);
  await writeFile(kubeconfigPath, server.kubeconfig, { mode: 0o600 });
  return {
    ...server,
    kubeconfigPath,
    stop: () => lease.call(server.name, "stop"),
    kill: () => lease.call(server.name, "kill"),
    restart: () => lease.call(server.name, "restart"),
    requests: () => readAuditLog(audit),
  };
}
