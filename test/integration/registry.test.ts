import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitCause, awaitReady, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { copyRef, refsOf } from "../support/tenant-refs.ts";
import {
  ocm,
  POD_NAMESPACE,
  PULL_SECRET,
  pullSecret,
  startRunningWorld,
  type Tenant,
  type World,
} from "../support/world.ts";

const namespace = "project-x--ws-y";

describe("a registry that gives no chart", () => {
  let world: World;
  let installed: readonly Tenant[];
  before(async () => {
    // Within that time Flux has no reason to fetch again what it has.
    world = await startRunningWorld({ pollInterval: "1h" });
    installed = await Promise.all(["mcp-01", "mcp-02"].map((name) => install(world, { name, namespace })));
  });
  after(() => world.stop());

  it("as the login is wrong is told of to who is new, and needs no more than the right one", async () => {
    const { dockerConfigJson, wrongDockerConfigJson } = world.ground.charts;
    await logInWith(wrongDockerConfigJson);
    const fresh = await comesNew("mcp-03", /UNAUTHORIZED/u);
    await stayReady();

    await logInWith(dockerConfigJson);
    await awaitReady(world.onboarding, fresh);
    await stayReady();
  });

  it("as it is away is told of to who is new, and needs no more than to be back", async () => {
    await world.ground.crashRegistry();
    const fresh = await comesNew("mcp-04", /connection refused/u);
    await stayReady();

    await world.ground.reviveRegistry();
    await awaitReady(world.onboarding, fresh);
    await stayReady();
  });

  /** Rotates the pull secret, and waits until those who are installed have it. */
  async function logInWith(dockerConfigJson: string): Promise<void> {
    const { data } = pullSecret(dockerConfigJson);
    await world.platform.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), { data });
    const isCopied = (copy: Obj): boolean =>
      Buffer.from(textAt(copy, "data", ".dockerconfigjson"), "base64").toString() === dockerConfigJson;
    for (const { tenantNamespace } of installed) {
      await awaitPresent(world.platform, copyRef(tenantNamespace, PULL_SECRET), isCopied, { what: "the copy is new" });
    }
  }

  async function comesNew(name: string, cause: RegExp): Promise<Tenant> {
    const tenant = await world.order({ name, namespace });
    await world.onboarding.create(ocm(tenant, world.ground.charts.versions[0] ?? ""));
    const failed = await awaitCause(world.onboarding, tenant, cause);
    assert.equal(conditionOf(failed, "ChartReady")?.reason, "ChartFetchFailed");
    assert.equal(conditionOf(failed, "Ready")?.message, conditionOf(failed, "ChartReady")?.message);
    assert.equal(failed.status?.phase, "Progressing");
    return tenant;
  }

  async function stayReady(): Promise<void> {
    for (const tenant of installed) {
      const object = await world.onboarding.get<ServiceObj>(refsOf(tenant).ocm);
      assert.ok(isReady(object), `${tenant.name} is Ready`);
    }
  }
});
