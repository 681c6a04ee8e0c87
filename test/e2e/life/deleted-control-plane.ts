import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { controlPlaneRef } from "../../../ground/real/operator/control-plane.ts";
import { refOf } from "../../../sim/client.ts";
import { clusterType } from "../../../sim/platform/kinds.ts";
import { ensure } from "../../../sim/stand-in/ensure.ts";
import { ref } from "../../support/kinds.ts";
import { awaitReady } from "../../support/ocm-status.ts";
import { refsOf } from "../../support/tenant-refs.ts";
import { ocm, type Tenant } from "../../support/world.ts";
import { type Doomed, watchDeletions } from "../../support/watch-deletions.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";
import type { PlatformWorld } from "./platform-world.ts";

const plane = { name: "mcp-deleted", namespace: "project-a--ws-deleted" };

/** A tenant whose control plane is deleted with everything on it. */
export const deletedControlPlane: LifeOf = (world) => {
  describe("a tenant whose control plane is deleted", { concurrency: 1 }, () => {
    let tenant: Tenant;

    it("has become Ready, asked for while the control plane was coming up", async () => {
      const { onboarding, order, ground } = world();
      await ensure(onboarding, { apiVersion: "v1", kind: "Namespace", metadata: { name: plane.namespace } });
      const ordered = order(plane);
      await onboarding.create(ocm(plane, ground.charts.versions[0] ?? ""));
      tenant = await ordered;

      await awaitReady(onboarding, tenant);
    });

    it("goes as a whole: the operator deletes the OCM object, and takes the cluster only after that", async () => {
      const deletions = await watchDeletions(await everythingOf(world(), tenant));

      await world().ground.removeControlPlane(plane);

      assert.deepEqual(await deletions(), [
        "Deployment",
        "HelmRelease",
        "OCIRepository",
        "Secret",
        "AccessRequest",
        "OCM",
        "Cluster",
        "Namespace",
        "ControlPlane",
      ]);
      await assertNothingLeft(world(), plane);
    });
  });
};

async function everythingOf({ platform, onboarding }: PlatformWorld, tenant: Tenant): Promise<readonly Doomed[]> {
  const refs = refsOf(tenant);
  const [cluster] = await platform.list({ ...clusterType, namespace: tenant.tenantNamespace });
  assert.ok(cluster !== undefined);
  const onPlatform = [
    refs.release,
    refs.source,
    refs.copy,
    refs.accessRequest,
    refOf(cluster),
    ref("namespace", tenant.tenantNamespace),
  ];
  return [
    ...onPlatform.map((doomed) => ({ client: platform, ref: doomed })),
    ...[refs.ocm, controlPlaneRef(plane)].map((doomed) => ({ client: onboarding, ref: doomed })),
    {
      client: tenant.mcp,
      ref: ref("deployment", "ocm-k8s-toolkit-controller-manager", "ocm-k8s-toolkit-system"),
    },
  ];
}
