import { type SimCluster, type SimClusterOptions, startSimCluster } from "./sim-cluster.ts";

/** Starts clusters when they are first asked for: one key, one cluster, however many ask at the same time. */
export class SimClusters {
  readonly #options: SimClusterOptions;
  readonly #opening = new Map<string, Promise<SimCluster>>();
  readonly #running = new Map<string, SimCluster>();

  constructor(options: SimClusterOptions) {
    this.#options = options;
  }

  /** Clusters that run now. */
  get running(): ReadonlyMap<string, SimCluster> {
    return this.#running;
  }

  /** The cluster of a key, started under `name` when there is none yet. */
  open(key: string, name: string): Promise<SimCluster> {
    const known = this.#opening.get(key);
    if (known !== undefined) {
      return known;
    }
    const opening = this.#start(key, name);
    this.#opening.set(key, opening);
    return opening;
  }

  /** Ends the cluster of a key; its data is gone. */
  async close(key: string): Promise<void> {
    const cluster = this.#running.get(key);
    this.#opening.delete(key);
    this.#running.delete(key);
    await cluster?.close();
  }

  /** Ends all clusters. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((key) => this.close(key)));
  }

  async #start(key: string, name: string): Promise<SimCluster> {
    const cluster = await startSimCluster(name, this.#options);
    this.#running.set(key, cluster);
    return cluster;
  }
}
