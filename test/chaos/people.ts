import type { Obj } from "../../sim/object.ts";
import { ensure } from "../../sim/stand-in/ensure.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ocm } from "../support/world.ts";
import type { Stage } from "./stage.ts";

/** A tenant by the name of its control plane and of its workspace. */
export type TenantRef = { readonly name: string; readonly namespace: string };

/** The collection of OCM objects. */
export const OCMS = "ocms.ocm.services.openmcp.cloud";

/** What users and the operator do in the course of a life. */
export class People {
  readonly world: Stage;

  constructor(world: Stage) {
    this.world = world;
  }

  async order(tenant: TenantRef): Promise<void> {
    await this.#insist(() => this.world.ground.orderControlPlane(tenant));
  }

  async remove(tenant: TenantRef): Promise<void> {
    await this.#insist(() => this.world.ground.removeControlPlane(tenant));
  }

  async ask({ name, namespace }: TenantRef, version: string): Promise<void> {
    const { client } = this.world.ground.onboarding;
    await ensure(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await client.create(ocm({ name, namespace }, version));
  }

  async change({ name, namespace }: TenantRef, version: string): Promise<void> {
    await this.world.ground.onboarding.client.patchMerge(ref("ocm", name, namespace), { spec: { version } });
  }

  async withdraw({ name, namespace }: TenantRef): Promise<void> {
    await this.world.ground.onboarding.client.delete(ref("ocm", name, namespace));
  }

  async configure(spec: Readonly<Record<string, unknown>>): Promise<void> {
    await this.world.ground.platform.client.patchMerge(ref("providerConfig", "ocm"), { spec });
  }

  /** Asks, and waits until that version is Ready. */
  async install(tenant: TenantRef, version: string): Promise<void> {
    await this.ask(tenant, version);
    await this.ready(tenant, version);
  }

  /** Changes the version, and waits until that version is Ready. */
  async upgrade(tenant: TenantRef, version: string): Promise<void> {
    await this.change(tenant, version);
    await this.ready(tenant, version);
  }

  /** Withdraws, and waits until the OCM object is gone. */
  async uninstall(tenant: TenantRef): Promise<void> {
    await this.withdraw(tenant);
    await this.gone(tenant);
  }

  ready(tenant: TenantRef, version: string): Promise<void> {
    return this.world.until(() => {
      const object = this.find(tenant);
      return object !== undefined && isReady(object) && object.status?.installedVersion === version;
    });
  }

  gone(tenant: TenantRef): Promise<void> {
    return this.world.until(() => this.find(tenant) === undefined);
  }

  says(tenant: TenantRef, text: string): Promise<void> {
    return this.world.until(() => JSON.stringify(this.find(tenant)?.status ?? {}).includes(text));
  }

  find({ name, namespace }: TenantRef): ServiceObj | undefined {
    return this.world.peek("onboarding", OCMS, `${namespace}/${name}`);
  }

  async createRepository(tenant: TenantRef): Promise<void> {
    const { apiVersion, kind } = ref("repository", "mine");
    const repository: Obj = {
      apiVersion,
      kind,
      metadata: { name: "mine", namespace: "default" },
      spec: { repositorySpec: { baseUrl: "registry.example.com", type: "OCIRegistry" }, interval: "10m" },
    };
    await this.#mcp(tenant).create(repository);
  }

  async deleteRepository(tenant: TenantRef): Promise<void> {
    await this.#mcp(tenant).delete(ref("repository", "mine", "default"));
  }

  pause(ms: number): Promise<void> {
    return this.world.clock.sleep(ms);
  }

  #mcp({ name, namespace }: TenantRef): Stage["ground"]["platform"]["client"] {
    const cluster = this.world.ground.clusters.get(tenantNamespace(name, namespace));
    if (cluster === undefined) {
      throw new Error(`expected a control plane ${name}`);
    }
    return cluster.client;
  }

  // The platform's stand-in gives up after some minutes; the platform itself does not.
  async #insist(act: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await act();
        return;
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("waited ")) {
          throw error;
        }
      }
    }
  }
}
