import { tenantNamespace } from "../../sim/platform/tenant-namespace.ts";
import type { ControlPlaneRef } from "../ground.ts";
import type { RealApiServer } from "./api-server.ts";
import type { ClusterWithPods } from "./cluster-with-pods.ts";

const WORKLOAD = "workload";

/**
 * Starts and stops the clusters on which tenants' pods run.
 *
 * Each control plane has an id of its own on disk and in etcd, never used again: names may be long, the same in two
 * namespaces, and a control plane ordered anew under its old name begins empty.
 */
export class ControlPlanes {
  readonly #startCluster: (name: string) => Promise<ClusterWithPods>;
  readonly #byTenant = new Map<string, ClusterWithPods>();
  readonly #starting = new Map<string, Promise<RealApiServer>>();
  #workload: Promise<ClusterWithPods> | undefined;
  #started = 0;

  constructor(startCluster: (name: string) => Promise<ClusterWithPods>) {
    this.#startCluster = startCluster;
  }

  /** Starts the API server of a control plane that has none. */
  async start(ref: ControlPlaneRef): Promise<RealApiServer> {
    const tenant = tenantNamespace(ref);
    if (this.#byTenant.has(tenant)) {
      throw new Error(`expected no control plane ${ref.namespace}/${ref.name}, found one that runs`);
    }
    return this.#startIn(tenant);
  }

  /** Gives the API server of the control plane that belongs to a namespace of the platform cluster; starts it if needed. */
  ensureIn(tenant: string): Promise<RealApiServer> {
    const running = this.inTenantNamespace(tenant);
    if (running !== undefined) {
      return Promise.resolve(running);
    }
    const known = this.#starting.get(tenant);
    if (known !== undefined) {
      return known;
    }
    const starting = this.#startIn(tenant).finally(() => this.#starting.delete(tenant));
    this.#starting.set(tenant, starting);
    return starting;
  }

  async #startIn(tenant: string): Promise<RealApiServer> {
    this.#started += 1;
    const started = await this.#startCluster(`mcp-${this.#started}`);
    this.#byTenant.set(tenant, started);
    return started.server;
  }

  /** Finds the API server of a control plane that runs. */
  find(ref: ControlPlaneRef): RealApiServer | undefined {
    return this.inTenantNamespace(tenantNamespace(ref));
  }

  /** Finds the API server of the control plane to which a namespace of the platform cluster belongs. */
  inTenantNamespace(namespace: string): RealApiServer | undefined {
    return this.#byTenant.get(namespace)?.server;
  }

  /** Finds the API server of a control plane by its URL. */
  at(url: string): RealApiServer | undefined {
    return [...this.#byTenant.values()].find(({ server }) => server.server === url)?.server;
  }

  /** Gives the workload cluster that tenants share; it is started for the first who asks. */
  async workload(): Promise<RealApiServer> {
    this.#workload ??= this.#startCluster(WORKLOAD);
    return (await this.#workload).server;
  }

  /** Stops the API server of a control plane, if one runs. */
  stop(ref: ControlPlaneRef): Promise<void> {
    return this.stopIn(tenantNamespace(ref));
  }

  /** Stops the API server of the control plane that belongs to a namespace of the platform cluster, if one runs. */
  async stopIn(tenant: string): Promise<void> {
    await this.#starting.get(tenant)?.catch(() => undefined);
    const running = this.#byTenant.get(tenant);
    this.#byTenant.delete(tenant);
    await running?.stop();
  }
}
