import { ApiServer } from "../../sim/apiserver/api-server.ts";
import { SimClient } from "../../sim/client.ts";
import type { SimClock } from "../../sim/clock.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import type { SimTransport } from "../../sim/transport.ts";

/** One cluster in memory. */
export type SimCluster = {
  readonly name: string;
  readonly api: ApiServer;
  readonly server: string;
  readonly caPem: string;
  /** Reaches the API server the way its other clients do. */
  readonly transport: SimTransport;
  /** Kubeconfig of an administrator, YAML. */
  readonly kubeconfig: string;
  /** A client with all rights, past whatever lies between the API server and its other clients. */
  readonly client: SimClient;
  close(): Promise<void>;
};

/** How the API server of a cluster can be reached. */
export type Exposure = Pick<SimCluster, "server" | "caPem" | "transport" | "close">;

/** What every cluster of a ground shares. */
export type SimClusterOptions = {
  readonly clock: SimClock;
  readonly random: () => number;
  /** How long after an answer to a write the watches hear of it. Default: as the API server has it. */
  readonly watchDelayMs?: number | undefined;
  /** Makes an API server reachable. */
  readonly expose: (name: string, api: ApiServer) => Promise<Exposure>;
};

const SHORTEST_TOKEN_MS = 1000;

/** Starts a cluster in memory. */
export async function startSimCluster(
  name: string,
  { clock, random, watchDelayMs, expose }: SimClusterOptions,
): Promise<SimCluster> {
  const shortestTokenMs = SHORTEST_TOKEN_MS;
  const api = new ApiServer({
    name,
    clock,
    random,
    shortestTokenMs,
    ...(watchDelayMs !== undefined && { watchDelayMs }),
  });
  api.start();
  const exposure = await expose(name, api);
  const { server, caPem } = exposure;
  return {
    ...exposure,
    name,
    api,
    kubeconfig: kubeconfigFor({ url: server, caPem, token: api.adminToken, name }),
    client: new SimClient((request) => api.handle(request), { token: api.adminToken, clock, fieldManager: "stand-in" }),
    close: async () => {
      api.stop();
      await exposure.close();
    },
  };
}
