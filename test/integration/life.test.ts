import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const OURS = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };

describe("life of a tenant", () => {
  let world: World;
  let tenant: Tenant;
  before(async () => {
    world = await startRunningWorld();
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
  });
  after(() => world.stop());

  it("becomes Ready with the version that was asked for", async () => {
    const [version = ""] = world.ground.charts.versions;
    await world.onboarding.create(ocm(tenant, version));

    const ready = await awaitReady(world.onboarding, tenant, version);

    assert.equal(ready.status?.phase, "Ready");
    await awaitPresent(tenant.mcp, ref("namespace", "ocm-k8s-toolkit-system"), () => true, {
      what: "the toolkit's namespace",
    });
  });

  it("follows a change of the version", async () => {
    const [, version = ""] = world.ground.charts.versions;
    await world.onboarding.patchMerge(ref("ocm", tenant.name, tenant.namespace), { spec: { version } });

    await awaitReady(world.onboarding, tenant, version);
  });

  it("leaves nothing behind when it is deleted", async () => {
    await world.onboarding.delete(ref("ocm", tenant.name, tenant.namespace));

    await awaitGone(world.onboarding, ref("ocm", tenant.name, tenant.namespace));
    for (const kind of ["helmRelease", "ociRepository", "accessRequest", "secret"] as const) {
      const left = await world.platform.list(kindOf(kind, tenant.tenantNamespace), OURS);
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name),
        [],
        kind,
      );
    }
  });
});
