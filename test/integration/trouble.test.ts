import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { makeTrouble, TROUBLES, type Trouble } from "../../sandbox/trouble.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { install } from "../support/install.ts";
import { configRef, kindOf } from "../support/kinds.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

/** One for each trouble, and one that must not notice anything. */
const TENANTS = TROUBLES.length + 1;

describe("tenants in trouble", () => {
  let world: World;
  let tenants: readonly Tenant[];
  let trouble: Trouble;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    const names = Array.from({ length: TENANTS }, (_, index) => `mcp-0${index}`);
    tenants = await Promise.all(names.map((name) => install(world, { name, namespace: "project-x--ws-y" })));
  });
  after(() => world.stop());

  it("say in their status which trouble they are in", async () => {
    const { ground, platform, onboarding } = world;

    trouble = await makeTrouble({ ground, platform, onboarding, kind: kindOf("ocm"), settings: configRef() }, tenants);

    assert.deepEqual(trouble.victims.map((victim) => victim.trouble).toSorted(), TROUBLES.toSorted());
    await awaitTenants(platform, { total: TENANTS, ready: 1, failing: TROUBLES.length - 1 });
  });

  it("are Ready again once the causes are gone", async () => {
    await trouble.mend();

    await awaitTenants(world.platform, { total: TENANTS, ready: TENANTS, failing: 0 });
  });
});
