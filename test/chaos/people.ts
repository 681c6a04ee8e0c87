import type { Obj } from "../../sim/object.ts";
import { ensure } from "../../sim/stand-in/ensure.ts";
import { remove } from "../../sim/stand-in/remove.ts";
import { trusted } from "../../sim/trusted.ts";
import { textAt } from "../../sim/value-at.ts";
import { ocmCrds, providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";
import { TOOLKIT_NAME } from "../../src/ocm/names.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { goAccessRef, type GoNames, goObjects, goOcm, writeAsGo } from "../support/go-provider.ts";
import { configRef, EARLIER_GROUP, ocmRef, ref } from "../support/kinds.ts";
import { isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ocm, providerConfig, UNJUDGED } from "../support/world.ts";
import { ACCESSES, RELEASES } from "./installed.ts";
import { configsOf, CRDS, ocmsOf } from "./groups.ts";
import { claims, OPERATION, statusOf, tenantOf } from "./orders.ts";
import type { Stage } from "./stage.ts";
import { type TenantRef, twinOf } from "./tenants.ts";

/** How long somebody waits before asking why nothing goes on. */
const PATIENCE_MS = 4 * 60_000;

type ConfigSpec = Readonly<Record<string, unknown>>;

/** What people do, one thing after the other. */
export type Life = (people: People) => Promise<void>;

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

  async ask(tenant: TenantRef, version: string, operation?: "ignore"): Promise<void> {
    const { client } = this.world.ground.onboarding;
    await ensure(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: tenant.namespace } });
    const { metadata, ...object } = ocm(tenant, version);
    const annotations = { ...(operation !== undefined && { [OPERATION]: operation }) };
    await client.create({ ...object, metadata: { ...metadata, annotations } });
  }

  /** Has the provider leave an OCM object as it is, or care for it again. */
  async ignore(tenant: TenantRef, isIgnored: boolean): Promise<void> {
    const annotations = { [OPERATION]: isIgnored ? "ignore" : null };
    await this.world.ground.onboarding.client.patchMerge(ocmRef(tenant), { metadata: { annotations } });
  }

  /** Changes the version. Real clusters may still refuse one that has just been put on offer: these changes pass. */
  async change(tenant: TenantRef, version: string): Promise<void> {
    await this.world.ground.onboarding.client.patchMerge(ocmRef(tenant), { spec: { version } }, UNJUDGED);
  }

  async withdraw(tenant: TenantRef): Promise<void> {
    await this.world.ground.onboarding.client.delete(ocmRef(tenant));
  }

  /** Changes the ProviderConfig of an API group. Default: of the earlier one. */
  async configure(spec: Readonly<Record<string, unknown>>, group?: string): Promise<void> {
    await this.world.ground.platform.client.patchMerge(configRef(group), { spec });
  }

  /** Makes the ProviderConfig of one API group with what that of another one says; gives what it says now. */
  async copyConfig(from: string, to: string, change: Readonly<Record<string, unknown>> = {}): Promise<ConfigSpec> {
    const found = trusted<{ readonly spec: ConfigSpec }>(await this.world.ground.platform.client.get(configRef(from)));
    const spec = { ...found.spec, ...change };
    await this.createConfig(to, spec);
    return spec;
  }

  async createConfig(group: string, spec: ConfigSpec): Promise<void> {
    await this.world.ground.platform.client.create(providerConfig(spec, group));
  }

  async removeConfig(group: string): Promise<void> {
    await this.world.ground.platform.client.delete(configRef(group));
  }

  /** Waits until the ProviderConfig of an API group says that it is in force, or that it follows the other one. */
  configSays(group: string, type: "Accepted" | "Follows", status: "True" | "False"): Promise<void> {
    return this.world.until(() => {
      const config: ServiceObj | undefined = this.world.peek("platform", configsOf(group), "ocm");
      return config?.status?.observedGeneration === config?.metadata.generation && says(config, type, status);
    });
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

  async ready(tenant: TenantRef, version: string): Promise<void> {
    const over = new AbortController();
    void this.#askAgain(tenant, over.signal);
    await this.world.until(() => {
      const object = this.find(tenant);
      return object !== undefined && isReady(object) && object.status?.installedVersion === version;
    });
    over.abort();
  }

  /**
   * Asks again for what Flux has given up. Flux does so after a first attempt that was cut off twice, since there is no
   * version to roll back to, and begins anew when somebody asks.
   */
  async #askAgain(tenant: TenantRef, over: AbortSignal): Promise<void> {
    for (;;) {
      await this.world.clock.sleep(PATIENCE_MS, over);
      if (over.aborted || this.world.isOver) {
        return;
      }
      const release = this.world.peek("platform", RELEASES, `${tenantOf({ metadata: tenant })}/${TOOLKIT_NAME}`);
      if (release !== undefined && statusOf(release, "Stalled") === "True") {
        const annotations = { [OPERATION]: "reconcile" };
        await this.world.ground.onboarding.client.patchMerge(ocmRef(tenant), { metadata: { annotations } });
      }
    }
  }

  /** Waits until the OCM object says that it follows the other one, which asks for the same or does not. */
  follows(tenant: TenantRef, isSame: "True" | "False"): Promise<void> {
    return this.world.until(() => {
      const object = this.find(tenant);
      return object?.status?.observedGeneration === object?.metadata.generation && says(object, "Follows", isSame);
    });
  }

  gone(tenant: TenantRef): Promise<void> {
    return this.world.until(() => this.find(tenant) === undefined);
  }

  says(tenant: TenantRef, text: string): Promise<void> {
    return this.world.until(() => JSON.stringify(this.find(tenant)?.status ?? {}).includes(text));
  }

  /** Waits until the deletion of one of a tenant's OCM objects is blocked: of the one that leads. */
  async blocked(tenant: TenantRef): Promise<void> {
    await Promise.race([this.says(tenant, "deletion blocked"), this.says(twinOf(tenant), "deletion blocked")]);
  }

  find({ name, namespace, group }: TenantRef): ServiceObj | undefined {
    return this.world.peek("onboarding", ocmsOf(group), `${namespace}/${name}`);
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

  /** Takes the kinds of the earlier API group away, with all their objects, and waits until they are gone. */
  async removeEarlierKinds(): Promise<void> {
    await Promise.all(
      earlierKinds().map(async ({ cluster, crd }) => {
        await remove(this.world.ground[cluster].client, ref("crd", crd.metadata.name));
        await this.world.until(() => this.world.peek(cluster, CRDS, crd.metadata.name) === undefined);
      }),
    );
  }

  /** Brings the kinds of the earlier API group back. */
  async bringEarlierKindsBack(): Promise<void> {
    for (const { cluster, crd } of earlierKinds()) {
      await this.world.ground[cluster].client.create(crd);
    }
    await this.world.until(() =>
      earlierKinds().every(({ cluster, crd }) =>
        says(this.world.peek(cluster, CRDS, crd.metadata.name), "Established", "True"),
      ),
    );
  }

  /** Has the Go provider install the toolkit for a tenant, leave, and leave the OCM object of its time as well. */
  async leaveAsGo(names: GoNames, tenant: TenantRef, version: string): Promise<void> {
    const { platform, onboarding, charts } = this.world.ground;
    const wanted = { ...tenant, charts, version };
    const go = await goObjects(names, wanted);
    const access = goAccessRef(tenant, names);
    const secretOf = (): string =>
      textAt(
        this.world.peek("platform", ACCESSES, `${access.namespace}/${access.name}`),
        "status",
        "secretRef",
        "name",
      );
    await writeAsGo(platform.client, go.requests);
    await this.world.until(() => secretOf() !== "");
    const installation = go.installation(secretOf());
    await writeAsGo(platform.client, installation);
    await this.world.until(() =>
      installation
        .filter(({ kind }) => kind === "HelmRelease")
        .map(({ metadata }) => this.world.peek("platform", RELEASES, `${metadata.namespace}/${metadata.name}`))
        .every((release) => release !== undefined && claims(release, "Ready")),
    );
    await onboarding.client.create(goOcm(names, wanted));
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

function says(object: Obj | undefined, type: string, status: string): boolean {
  return object !== undefined && statusOf(object, type) === status;
}

function earlierKinds(): readonly { readonly cluster: "onboarding" | "platform"; readonly crd: Obj }[] {
  const crds = [
    ...ocmCrds.map((crd) => ({ cluster: "onboarding", crd }) as const),
    ...providerConfigCrds.map((crd) => ({ cluster: "platform", crd }) as const),
  ];
  return crds
    .filter(({ crd }) => crd.spec.group === EARLIER_GROUP)
    .map(({ cluster, crd }) => ({ cluster, crd: trusted<Obj>(crd) }));
}
