import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { OwnApiServer } from "../api-server.ts";
import type { OwnClusterWithPods } from "../cluster-with-pods.ts";
import { type Flux, startFlux } from "../flux.ts";
import { type OwnPrograms, startPrograms } from "../ground-programs.ts";
import { playedPlatformKind } from "../real-ground.ts";
import { stopTogether } from "../start-together.ts";
import { Baseline } from "./baseline.ts";

/** The programs of a ground with Flux. */
export type LentPrograms = OwnPrograms & { readonly flux: Flux };

// Further ones that somebody wanted are stopped after use: each takes memory, and few want more at a time.
const SPARE_CLUSTERS = 2;

/** The programs of a ground that several use, one after the other; each finds them as they were at first. */
export class StandingGround {
  readonly #folder: string;
  readonly #programs: OwnPrograms;
  readonly #baselines = new Map<string, Baseline>();
  #flux: Flux | undefined;
  #spare: OwnClusterWithPods[] = [];
  #inUse: OwnClusterWithPods[] = [];
  #clusters = 0;

  private constructor(folder: string, programs: OwnPrograms) {
    this.#folder = folder;
    this.#programs = programs;
  }

  /** Starts the programs in a folder, and one cluster for pods that waits to be used. */
  static async start(folder: string, signal: AbortSignal): Promise<StandingGround> {
    const ground = new StandingGround(
      folder,
      await startPrograms({ folder, signal, flux: false }, playedPlatformKind()),
    );
    try {
      const { platform, onboarding, registry } = ground.#programs;
      await Promise.all([
        ground.#remember(platform, { withAccounts: false }),
        ground.#remember(onboarding, { withAccounts: false }),
        cp(registry.dataFolder, ground.#contentFolder, { recursive: true }),
      ]);
      await ground.#makeReady();
      return ground;
    } catch (error) {
      await ground.stop();
      throw error;
    }
  }

  /** What whoever uses the ground now may use. */
  get programs(): LentPrograms {
    if (this.#flux === undefined) {
      throw new Error("expected a ground with Flux");
    }
    return { ...this.#programs, flux: this.#flux, startCluster: () => this.#takeCluster() };
  }

  /** Brings everything back to where it was at first; throws when that cannot be done. */
  async reset(): Promise<void> {
    // What Flux has begun would go on in the midst of what comes next.
    await Promise.all([this.#flux?.sourceController.kill(), this.#flux?.helmController.kill()]);
    this.#expectRunning();
    const { platform, onboarding, registry } = this.#programs;
    const returned = this.#inUse.filter((cluster) => cluster.isRunning());
    const ended = this.#inUse.filter((cluster) => !returned.includes(cluster));
    const kept = [...this.#spare, ...returned].slice(0, SPARE_CLUSTERS);
    const others = [...this.#spare, ...returned].filter((cluster) => !kept.includes(cluster));
    this.#spare = kept;
    this.#inUse = [];
    await Promise.all([
      stopTogether([...ended, ...others]),
      ...[platform, onboarding].filter((server) => !server.isRunning()).map((server) => server.restart()),
      registry.isRunning() ? undefined : registry.restart(),
    ]);
    const names = new Set([platform, onboarding, ...kept.map(({ server }) => server)].map(({ name }) => name));
    const baselines = [...this.#baselines].filter(([name]) => names.has(name));
    await Promise.all(baselines.map(([, baseline]) => baseline.restore()));
    await rm(registry.dataFolder, { recursive: true, force: true });
    await cp(this.#contentFolder, registry.dataFolder, { recursive: true });
    await this.#makeReady();
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await this.#flux?.stop();
    await this.#programs.stop();
  }

  get #contentFolder(): string {
    return join(this.#folder, "registry-content");
  }

  #expectRunning(): void {
    const { etcd, controllerManagers } = this.#programs;
    if (!etcd.isRunning() || !controllerManagers.every((manager) => manager.isRunning())) {
      throw new Error("expected etcd and the controller managers to run still");
    }
  }

  async #makeReady(): Promise<void> {
    const folder = this.#folder;
    const startCluster = this.#spare.length > 0 ? [] : [this.#startCluster()];
    // What it has downloaded is of no use any more.
    await rm(join(folder, "source-controller"), { recursive: true, force: true });
    [this.#flux] = await Promise.all([startFlux({ folder, cluster: this.#programs.platform }), ...startCluster]);
    this.#spare.push(...(await Promise.all(startCluster)));
  }

  async #startCluster(): Promise<OwnClusterWithPods> {
    this.#clusters += 1;
    const cluster = await this.#programs.startCluster(`mcp-${this.#clusters}`);
    await this.#remember(cluster.server, { withAccounts: true });
    return cluster;
  }

  async #takeCluster(): Promise<OwnClusterWithPods> {
    const cluster = this.#spare.shift() ?? (await this.#startCluster());
    this.#inUse.push(cluster);
    return cluster;
  }

  async #remember(server: OwnApiServer, options: { readonly withAccounts: boolean }): Promise<void> {
    const { etcd } = this.#programs;
    this.#baselines.set(server.name, await Baseline.of(server, { ...options, etcdURL: etcd.url }));
  }
}
