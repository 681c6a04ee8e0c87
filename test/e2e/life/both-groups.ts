import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { controlPlaneRef } from "../../../ground/real/operator/control-plane.ts";
import { serviceProviderType } from "../../../sim/platform/kinds.ts";
import { ensure } from "../../../sim/stand-in/ensure.ts";
import { listAt, textAt } from "../../../sim/value-at.ts";
import { awaitGone } from "../../support/await-object.ts";
import { GROUPS } from "../../support/group-matrix.ts";
import { installationOf, ordersOf, type Sites } from "../../support/installation.ts";
import { CURRENT_GROUP, EARLIER_GROUP, ref } from "../../support/kinds.ts";
import { awaitReady } from "../../support/ocm-status.ts";
import { refsOf } from "../../support/tenant-refs.ts";
import { ocm, type Tenant } from "../../support/world.ts";
import { watchDeletions } from "../../support/watch-deletions.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";

const plane = { name: "mcp-groups", namespace: "project-a--ws-groups" };

/** A tenant with objects of both API groups, whose control plane is deleted with both. */
export const bothGroups: LifeOf = (world) => {
  describe("a tenant with objects of both API groups", { concurrency: 1 }, () => {
    let tenant: Tenant;
    let sites: Required<Sites>;

    it("is known to the operator by both kinds", async () => {
      const provider = await world().platform.get({ ...serviceProviderType, name: "ocm" });
      const groups = listAt(provider, "status", "resources").map((resource) => textAt(resource, "group"));

      assert.deepEqual(groups.toSorted(), GROUPS.toSorted());
    });

    it("keeps the release of the first object when the second one comes, and when the first one goes", async () => {
      const { onboarding, platform, order, ground } = world();
      const [version = ""] = ground.charts.versions;
      await ensure(onboarding, { apiVersion: "v1", kind: "Namespace", metadata: { name: plane.namespace } });
      tenant = await order(plane);
      sites = { plane, platform, onboarding, target: tenant.mcp };
      await onboarding.create(ocm({ ...plane, group: EARLIER_GROUP }, version));
      await awaitReady(onboarding, { ...plane, group: EARLIER_GROUP }, version);
      const installation = await installationOf(sites);

      await onboarding.create(ocm({ ...plane, group: CURRENT_GROUP }, version));
      await Promise.all(GROUPS.map((group) => awaitReady(onboarding, { ...plane, group }, version)));
      await awaitGone(platform, refsOf(tenant, EARLIER_GROUP).accessRequest);
      assert.deepEqual(await installationOf(sites), installation);

      await onboarding.delete(refsOf(tenant, EARLIER_GROUP).ocm);
      await awaitGone(onboarding, refsOf(tenant, EARLIER_GROUP).ocm);
      await awaitReady(onboarding, { ...plane, group: CURRENT_GROUP }, version);
      assert.deepEqual(await installationOf(sites), installation);
    });

    it("goes as a whole with its control plane: the operator deletes both objects", async () => {
      const { onboarding, platform, ground } = world();
      await onboarding.create(ocm({ ...plane, group: EARLIER_GROUP }, ground.charts.versions[0] ?? ""));
      await Promise.all(GROUPS.map((group) => awaitReady(onboarding, { ...plane, group })));
      const leader = refsOf(tenant, CURRENT_GROUP);
      const deletions = await watchDeletions([
        { client: tenant.mcp, ref: ref("deployment", "ocm-k8s-toolkit-controller-manager", "ocm-k8s-toolkit-system") },
        ...[leader.release, leader.source, leader.accessRequest].map((doomed) => ({ client: platform, ref: doomed })),
        ...[refsOf(tenant, EARLIER_GROUP).ocm, leader.ocm, controlPlaneRef(plane)].map((doomed) => ({
          client: onboarding,
          ref: doomed,
        })),
      ]);

      await ground.removeControlPlane(plane);

      // The object that follows has no finalizer.
      assert.deepEqual(await deletions(), [
        "OCM",
        "Deployment",
        "HelmRelease",
        "OCIRepository",
        "AccessRequest",
        "OCM",
        "ControlPlane",
      ]);
      assert.deepEqual(await ordersOf(sites), []);
      await assertNothingLeft(world(), plane);
    });
  });
};
