import { refsOf } from "../../support/tenant-refs.ts";
import type { Tenant } from "../../support/world.ts";
import type { PlatformWorld } from "./platform-world.ts";

/** What of the sources of tenants tells that somebody has touched them. */
export function sourcesOf({ platform }: PlatformWorld, tenants: readonly Tenant[]): Promise<readonly unknown[]> {
  return Promise.all(
    tenants.map(async (tenant) => {
      const { metadata } = await platform.get(refsOf(tenant).source);
      return { uid: metadata.uid, generation: metadata.generation };
    }),
  );
}
