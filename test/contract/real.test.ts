import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApiServer } from "../../ground/real/api-server.ts";
import { startEtcd } from "../../ground/real/etcd.ts";
import { clusterWithoutPods, startControllerManager } from "../../ground/real/kubernetes-controllers.ts";
import type { ContractServer } from "./contract-server.ts";
import { contractSuite } from "./contract-suite.ts";

contractSuite("a real API server", startReal);

async function startReal(): Promise<ContractServer> {
  const folder = await mkdtemp(join(tmpdir(), "service-provider-ocm-contract-"));
  const etcd = await startEtcd({ folder });
  const cluster = await startApiServer({ name: "contract", folder, etcd });
  const controllers = await startControllerManager({
    id: "contract",
    cluster,
    folder,
    controllers: clusterWithoutPods,
  });
  return {
    url: cluster.server,
    caPem: cluster.caPem,
    adminToken: cluster.adminToken,
    stop: async () => {
      await controllers.stop();
      await cluster.stop();
      await etcd.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
