import { after, before, describe, it } from "node:test";

import { awaitGone } from "../support/await-object.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { install } from "../support/install.ts";
import { awaitReason } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { startRunningWorld, type World } from "../support/world.ts";

describe("the count of tenants on the ProviderConfig", () => {
  let world: World;
  let refs: TenantRefs;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    await awaitTenants(world.platform, { total: 0, ready: 0, failing: 0 });
    refs = refsOf(await install(world, { name: "mcp-01", namespace: "project-x--ws-y" }));
  });
  after(() => world.stop());

  function suspend(suspended: boolean): Promise<unknown> {
    return world.platform.patchMerge(refs.release, { spec: { suspend: suspended } });
  }

  it("follows a tenant that comes", async () => {
    await awaitTenants(world.platform, { total: 1, ready: 1, failing: 0 });
  });

  it("follows what becomes of a tenant whose own object nobody touches", async () => {
    await suspend(true);
    await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "ReleaseSuspended");
    await awaitTenants(world.platform, { total: 1, ready: 0, failing: 0 });

    await suspend(false);
    await awaitTenants(world.platform, { total: 1, ready: 1, failing: 0 });
  });

  it("tells who needs help", async () => {
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: "9.9.9" } });

    await awaitTenants(world.platform, { total: 1, ready: 0, failing: 1 });
  });

  it("tells whose deletion needs help", async () => {
    const [version] = world.ground.charts.versions;
    await world.onboarding.patchMerge(refs.ocm, { spec: { version } });
    await awaitTenants(world.platform, { total: 1, ready: 1, failing: 0 });
    await suspend(true);
    await world.onboarding.delete(refs.ocm);

    await awaitTenants(world.platform, { total: 1, ready: 0, failing: 1 });
  });

  it("follows a tenant that goes", async () => {
    await suspend(false);
    await awaitGone(world.onboarding, refs.ocm);

    await awaitTenants(world.platform, { total: 0, ready: 0, failing: 0 });
  });
});
