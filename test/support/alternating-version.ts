import { ref } from "./kinds.ts";
import { awaitReady } from "./ocm-status.ts";
import type { Tenant, World } from "./world.ts";

/** Where the tenant is. */
type Surroundings = Pick<World, "onboarding"> & { readonly ground: Pick<World["ground"], "charts"> };

/** Changes a tenant's version to and fro, so that it can be told whether a change has come through. */
export class AlternatingVersion {
  readonly #world: Surroundings;
  readonly #tenant: Tenant;
  #changes = 0;

  /** The tenant has the first version now. */
  constructor(world: Surroundings, tenant: Tenant) {
    this.#world = world;
    this.#tenant = tenant;
  }

  /** The version that was asked for last. */
  get wanted(): string {
    const { versions } = this.#world.ground.charts;
    return versions[this.#changes % versions.length] ?? "";
  }

  /** Asks for another version. */
  async change(): Promise<void> {
    this.#changes += 1;
    const { name, namespace } = this.#tenant;
    await this.#world.onboarding.patchMerge(ref("ocm", name, namespace), { spec: { version: this.wanted } });
  }

  /** Waits until what was asked for last is there. */
  async isThere(): Promise<void> {
    await awaitReady(this.#world.onboarding, this.#tenant, this.wanted);
  }
}
