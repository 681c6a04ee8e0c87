import type { ControlPlaneRef, GroundCluster } from "../../../ground/ground.ts";
import type { PlatformGround } from "../../../ground/real/operator/platform-ground.ts";
import { waitUntil } from "../../../ground/wait-until.ts";
import type { SimClient } from "../../../sim/client.ts";
import { tenantNamespace } from "../../../src/openmcp/platform/names.ts";
import { type Change, type Clusters, kindOf, type StageGround } from "../stage.ts";
import { COLLECTIONS } from "./collections.ts";
import { Mirror } from "./mirror.ts";
import { patientClient } from "./patient-client.ts";

/** One of the clusters: who administers it, and what it holds. */
export type RealCluster = { readonly server: string; readonly client: SimClient; readonly api: Mirror };

/** Told of each change. */
type Tell = (cluster: string, collection: string, change: Change) => void;

const ORDER_WITHIN_MS = 300_000;
const AGAIN_AFTER_MS = 500;
const LOOK_WITHIN_MS = 120_000;

/** The clusters of a platform that the real operator runs, each followed as long as it is there. */
export class RealClusters implements StageGround {
  readonly clusters: Map<string, RealCluster> = new Map<string, RealCluster>();
  readonly platform: RealCluster;
  readonly onboarding: RealCluster;
  readonly charts: StageGround["charts"];
  readonly #ground: PlatformGround;
  readonly #tell: Tell;

  private constructor(ground: PlatformGround, tell: Tell) {
    this.#ground = ground;
    this.#tell = tell;
    this.charts = ground.charts;
    this.platform = this.#open("platform", ground.platform);
    this.onboarding = this.#open("onboarding", ground.onboarding);
  }

  /** Begins to follow platform and onboarding cluster, and returns when it is known what they hold. */
  static async follow(ground: PlatformGround, tell: Tell): Promise<RealClusters> {
    const clusters = new RealClusters(ground, tell);
    await Promise.all([clusters.platform.api.start(), clusters.onboarding.api.start()]);
    return clusters;
  }

  async orderControlPlane(plane: ControlPlaneRef): Promise<void> {
    const ordered = await this.#insist(() => this.#ground.orderControlPlane(plane), "a control plane is ready");
    await this.#open(tenantNamespace(plane.name, plane.namespace), ordered).api.start();
  }

  async removeControlPlane(plane: ControlPlaneRef): Promise<void> {
    await this.#insist(() => this.#ground.removeControlPlane(plane), "a control plane is gone");
    const key = tenantNamespace(plane.name, plane.namespace);
    this.clusters.get(key)?.api.stop();
    this.clusters.delete(key);
  }

  /** What all clusters hold now, by their own word. Waits for those that do not answer. */
  async look(): Promise<Clusters> {
    const seen = await Promise.all(
      [...this.clusters].map(async ([key, { api }]) => [key, { api: await this.#lookAt(key, api) }] as const),
    );
    return new Map(seen);
  }

  /** Key of the cluster whose API server is at an address. */
  keyAt(server: string): string {
    const found = [...this.clusters].find(([, cluster]) => cluster.server === server);
    // One that has been started, and is not followed yet.
    return found?.[0] ?? "mcp";
  }

  stop(): void {
    this.clusters.forEach(({ api }) => api.stop());
  }

  #open(key: string, cluster: GroundCluster): RealCluster {
    const client = patientClient(cluster);
    const tell = (collection: string, change: Change): void => this.#tell(key, collection, change);
    const opened = { server: cluster.server, client, api: new Mirror(client, COLLECTIONS[kindOf(key)], tell) };
    this.clusters.set(key, opened);
    return opened;
  }

  async #lookAt(key: string, mirror: Mirror): Promise<Awaited<ReturnType<Mirror["look"]>>> {
    let seen: Awaited<ReturnType<Mirror["look"]>> | undefined;
    const isSeen = async (): Promise<boolean> => {
      // A control plane that has gone meanwhile is as it was known last.
      seen = this.clusters.has(key) ? await mirror.look() : mirror;
      return true;
    };
    await waitUntil(isSeen, { what: `cluster ${key} answers`, withinMs: LOOK_WITHIN_MS, everyMs: AGAIN_AFTER_MS });
    return seen ?? mirror;
  }

  // Whatever is stopped on the way, the platform goes on when it is there again.
  async #insist<T>(act: () => Promise<T>, what: string): Promise<T> {
    let result: { readonly value: T } | undefined;
    const isDone = async (): Promise<boolean> => {
      result = { value: await act() };
      return true;
    };
    await waitUntil(isDone, { what, withinMs: ORDER_WITHIN_MS, everyMs: AGAIN_AFTER_MS });
    if (result === undefined) {
      throw new Error(`expected that ${what}`);
    }
    return result.value;
  }
}
