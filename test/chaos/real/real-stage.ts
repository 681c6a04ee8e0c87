import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { seededRandom } from "../../../ground/embedded/seeded-random.ts";
import { type PlatformGround, startPlatformGround } from "../../../ground/real/operator/platform-ground.ts";
import { httpStatus } from "../../../ground/http-status.ts";
import { waitUntil } from "../../../ground/wait-until.ts";
import { type SimClock, systemSimClock } from "../../../sim/clock.ts";
import type { Answer } from "../exchange.ts";
import type { ClusterKind } from "../faults.ts";
import { type Check, type Clusters, kindOf, Stage } from "../stage.ts";
import type { InterposedServer } from "./interposed-server.ts";
import { type Between, InterposedServers } from "./interposed-servers.ts";
import { processAt } from "./peer-process.ts";
import { RealClusters } from "./real-clusters.ts";

const REPLICAS = 2;
const LOOK_EVERY_MS = 50;
const START_WITHIN_MS = 60_000;

/** Real clusters, the real operator, Flux and a registry, with two pods of the provider and something in between. */
export class RealStage extends Stage {
  readonly clock: SimClock = systemSimClock;
  readonly replicas: number = REPLICAS;
  readonly platform: PlatformGround;
  readonly ground: RealClusters;
  random: () => number = seededRandom(1);
  readonly #servers: InterposedServers;
  readonly #judging = new Set<Promise<void>>();

  private constructor(platform: PlatformGround, ground: RealClusters, servers: InterposedServers) {
    super();
    this.platform = platform;
    this.ground = ground;
    this.#servers = servers;
  }

  /** Starts everything. */
  static async start(onProgress: (line: string) => void = () => undefined): Promise<RealStage> {
    await using starting = new AsyncDisposableStack();
    const servers = new InterposedServers();
    starting.defer(() => servers.close());
    const platform = await startPlatformGround({
      onProgress,
      serviceProvider: { runReplicas: REPLICAS },
      route: (_purpose, address) => servers.before(address),
      // Who is killed again and again would be away for minutes.
      restartDelayMs: () => 0,
    });
    starting.defer(() => platform.stop());
    let stage: RealStage | undefined;
    const ground = await RealClusters.follow(platform, (...news) => stage?.changed(...news));
    stage = new RealStage(platform, ground, servers);
    servers.between = stage;
    await stage.#restartProviders();
    starting.move();
    return stage;
  }

  begin(): void {
    // They run already.
  }

  pass(ms: number): Promise<void> {
    return this.clock.sleep(ms);
  }

  async passUntil(isOver: () => boolean, limitMs: number): Promise<void> {
    const what = "the life is over, or a rule is broken";
    await waitUntil(() => Promise.resolve(isOver()), { what, withinMs: limitMs, everyMs: LOOK_EVERY_MS });
  }

  async look(): Promise<Clusters> {
    await Promise.all(this.#judging);
    return this.ground.look();
  }

  /** News of one cluster may be known before older news of another: what looks wrong is looked at once more. */
  judge(check: Check, tell: (violation: string) => void): void {
    if (check(this.ground.clusters).length === 0) {
      return;
    }
    const judged = this.ground.look().then(
      (clusters) => check(clusters).forEach(tell),
      // What cannot be seen cannot be judged: the end will tell.
      () => undefined,
    );
    this.#judging.add(judged);
    void judged.finally(() => this.#judging.delete(judged));
  }

  async told(): Promise<readonly string[]> {
    const folder = join(this.platform.folder, "logs");
    const logs = (await readdir(folder)).filter((name) => name.startsWith("sp-ocm"));
    const texts = await Promise.all(logs.map((name) => readFile(join(folder, name), "utf8")));
    const metrics = await Promise.all(this.platform.providers().map(({ podIP }) => metricsAt(podIP)));
    return [...texts.flatMap((text) => text.split("\n")), ...metrics];
  }

  /** Forgets everything about the run before. */
  reset(seed: number): void {
    this.isOver = false;
    this.requests = 0;
    this.random = seededRandom(seed);
    this.interferences.length = 0;
    this.listeners.length = 0;
    this.arrivals.length = 0;
  }

  /** The pod to whose process a port of this machine belongs. */
  podAt(port: number): string | undefined {
    const pods = new Map(this.platform.providers().map(({ pid = 0, pod }) => [pid, pod]));
    const pid = processAt(port, [...pods.keys()]);
    return pid === undefined ? undefined : pods.get(pid);
  }

  /** Has a pod's request go through everything that lies between. */
  route({ from, server, request }: Parameters<Between["route"]>[0], deliver: Parameters<Between["route"]>[1]): Answer {
    return this.send({ from, cluster: this.ground.keyAt(server), request }, (exchange) => {
      this.arrivals.forEach((tell) => tell(exchange));
      return deliver(exchange.request);
    });
  }

  /** What stands in front of clusters of a kind. */
  interposedBefore(kind: ClusterKind): readonly InterposedServer[] {
    const clusters = [...this.ground.clusters].filter(([key]) => kindOf(key) === kind);
    return clusters.flatMap(([, { server }]) => this.#servers.inFrontOf(server) ?? []);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    this.ground.stop();
    await this.platform.stop();
    await this.#servers.close();
  }

  /** Before anything was between, they have opened connections that are nobody's. */
  async #restartProviders(): Promise<void> {
    const before = this.platform.providers();
    await Promise.all(before.map((provider) => provider.kill()));
    const isEachNew = async (signal: AbortSignal): Promise<boolean> => {
      const now = this.platform.providers();
      const ready = await Promise.all(now.map(({ podIP }) => httpStatus(`http://${podIP}:8081/readyz`, { signal })));
      return now.length === REPLICAS && ready.every((status) => status === 200);
    };
    await waitUntil(isEachNew, { what: "both replicas are ready again", withinMs: START_WITHIN_MS });
  }
}

async function metricsAt(podIP: string): Promise<string> {
  return (await fetch(`http://${podIP}:8080/metrics`)).text();
}
