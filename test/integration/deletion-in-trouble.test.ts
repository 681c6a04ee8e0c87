import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { breakToken } from "../support/break-token.ts";
import { install, reinstall } from "../support/install.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

const TOOLKIT_GROUP = ".delivery.ocm.software";
const OPERATION = "openmcp.cloud/operation";

describe("deletion of an installation in trouble", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    world = await startRunningWorld();
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  const remove = (): Promise<void> => world.onboarding.delete(refs.ocm);
  const setOperation = (operation: string | null): Promise<Obj> =>
    world.onboarding.patchMerge(refs.ocm, { metadata: { annotations: { [OPERATION]: operation } } });
  const assertUninstalled = async (): Promise<void> => {
    await awaitGone(world.onboarding, refs.ocm, 90_000);
    const deployments = await tenant.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
    assert.deepEqual(
      deployments.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
      [],
    );
  };

  it("waits for a new token when the old one is refused, and uninstalls with the new one", async () => {
    const restore = await breakToken(world, refs);
    await remove();
    await awaitPresent<ServiceObj>(world.onboarding, refs.ocm, isRefused, { what: "it says that it is refused" });
    assert.equal((await world.platform.get(refs.release)).metadata.deletionTimestamp, undefined);

    await restore();

    await assertUninstalled();
  });

  it("warns with Flux's words when Flux cannot uninstall, and goes on when it can", async () => {
    await reinstall(world, tenant);
    await setOperation("ignore");
    const restore = await breakToken(world, refs);
    await world.platform.delete(refs.release);
    await remove();
    await setOperation(null);

    const failed = await awaitReason(world.onboarding, refs.ocm, "Removed", "UninstallFailed");
    assert.equal(failed.status?.phase, "Terminating");
    const event = await awaitEvent(world.onboarding, refs.ocm, "UninstallFailed");
    assert.equal(event.type, "Warning");

    await restore();

    await assertUninstalled();
  });

  it("is blocked by nothing where somebody has removed the toolkit's kinds", async () => {
    await reinstall(world, tenant);
    const kinds = (await tenant.mcp.list(kindOf("crd"))).filter(({ metadata }) =>
      metadata.name.endsWith(TOOLKIT_GROUP),
    );
    assert.ok(kinds.length > 0);
    for (const { metadata } of kinds) {
      await tenant.mcp.delete(ref("crd", metadata.name));
      await awaitGone(tenant.mcp, ref("crd", metadata.name));
    }

    await remove();

    await assertUninstalled();
  });

  it("ends when the platform takes the tenant namespace away with all that is in it", async () => {
    await reinstall(world, tenant);
    await setOperation("ignore");
    await remove();
    await world.platform.delete(ref("namespace", tenant.tenantNamespace));
    await setOperation(null);

    await awaitGone(world.onboarding, refs.ocm, 90_000);
    await awaitGone(world.platform, ref("namespace", tenant.tenantNamespace), 90_000);
  });
});

function isRefused(object: ServiceObj): boolean {
  return /401|unauthorized/i.test(conditionOf(object, "Ready")?.message ?? "");
}
