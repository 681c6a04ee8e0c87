import { type Exposure, type SimCluster, startSimCluster } from "../../ground/embedded/sim-cluster.ts";
import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { ApiServer } from "../../sim/apiserver/api-server.ts";
import { SimClient } from "../../sim/client.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { ChartRegistry, dockerConfigJson } from "../../sim/flux/chart-registry.ts";
import { helmReleaseType, ociRepositoryType } from "../../sim/flux/kinds.ts";
import { startFlux } from "../../sim/flux/start-flux.ts";
import { recordedTimings } from "../../sim/flux/timings.ts";
import { toolkitChart } from "../../sim/flux/toolkit-chart.ts";
import { seedPlatform } from "../../sim/platform/seed.ts";
import { type RecordedState, toState } from "./recording.ts";

/** Where recordings are replayed: Flux's stand-ins on a virtual clock, with everything they did. */
export type Stage = {
  readonly clock: VirtualClock;
  readonly platform: SimClient;
  readonly target: SimCluster;
  readonly registry: ChartRegistry;
  /** Manifest digest of chart 0.4.0. */
  readonly digest: string;
  readonly errors: readonly unknown[];
  /** The states of all objects of Flux so far. */
  readonly seen: readonly RecordedState[];
  /** Stores a kubeconfig for the target cluster under the name `kubeconfig`. */
  writeKubeconfig(kubeconfig: string): Promise<void>;
  stop(): void;
};

/** Chart of all recordings. */
export const CHART_URL = "oci://registry.example.com/kc/chart";

const LOGIN = { username: "kc", password: "right" };

/** Sets the stage for one recording: namespace, kubeconfig, pull secrets `pull` and `wrong`, charts. */
export async function setStage(clock: VirtualClock, namespace: string): Promise<Stage> {
  const random = seededRandom(1);
  const stop = new AbortController();
  const platform = await startSimCluster("platform", { clock, random, expose });
  const target = await startSimCluster("mcp", { clock, random, expose });
  await seedPlatform({ platform: platform.client, clock });
  await platform.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const registry = new ChartRegistry({ clock, login: LOGIN, plainHTTP: true });
  const digest = registry.push(CHART_URL, "0.4.0", toolkitChart("0.4.0"));
  registry.push(CHART_URL, "0.4.1", toolkitChart("0.4.1"));
  registry.push(CHART_URL, "0.5.0", toolkitChart("0.5.0"));
  await writePullSecret(platform.client, namespace, "pull", LOGIN.password);
  await writePullSecret(platform.client, namespace, "wrong", "wrong");
  const errors: unknown[] = [];
  const seen: RecordedState[] = [];
  void collect(platform.client, seen, stop.signal);
  startFlux({
    client: platform.client,
    connect: (token) => new SimClient(target.transport, { token, clock }),
    registry,
    clock,
    timings: recordedTimings,
    signal: stop.signal,
    onError: (_key, error) => errors.push(error),
  });
  const writeKubeconfig = async (token: string): Promise<void> => {
    const metadata = { name: "kubeconfig", namespace };
    const secret = { apiVersion: "v1", kind: "Secret", metadata, stringData: { value: token } };
    await platform.client.apply(secret, { force: true });
  };
  return {
    clock,
    platform: platform.client,
    target,
    registry,
    digest,
    errors,
    seen,
    writeKubeconfig,
    stop: () => {
      stop.abort();
      platform.api.stop();
      target.api.stop();
    },
  };
}

function expose(name: string, api: ApiServer): Promise<Exposure> {
  return Promise.resolve({
    server: `https://${name}.example.com`,
    caPem: "",
    transport: (request) => api.handle(request),
    close: () => Promise.resolve(),
  });
}

async function writePullSecret(client: SimClient, namespace: string, name: string, password: string): Promise<void> {
  await client.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": dockerConfigJson(CHART_URL, { ...LOGIN, password }) },
  });
}

async function collect(client: SimClient, seen: RecordedState[], signal: AbortSignal): Promise<void> {
  const follow = async (type: typeof helmReleaseType | typeof ociRepositoryType): Promise<void> => {
    for await (const event of client.follow(type, signal)) {
      if (event.type !== "restarted") {
        seen.push(toState(event.type === "deleted" ? "DELETED" : "MODIFIED", event.object));
      }
    }
  };
  await Promise.all([follow(helmReleaseType), follow(ociRepositoryType)]);
}
