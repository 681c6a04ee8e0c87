import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../../sim/object.ts";
import { tenantRequestName } from "../../../src/openmcp/platform/tenant-access.ts";
import { install } from "../../support/install.ts";
import { ref } from "../../support/kinds.ts";
import type { Tenant } from "../../support/world.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";

const plane = { name: "mcp-workload", namespace: "project-a--ws-workload" };
const CONFIG = ref("providerConfig", "ocm");
const PASSED_ON = "metadata.open-control-plane.io/";

/** A tenant whose toolkit runs on a workload cluster. The settings are everybody's: no other tenant may come meanwhile. */
export const workloadCluster: LifeOf = (world) => {
  describe("a tenant with a workload cluster", { concurrency: 1 }, () => {
    let tenant: Tenant;
    before(async () => {
      await world().platform.patchMerge(CONFIG, { spec: { targetCluster: "Workload" } });
    });
    after(() => world().platform.patchMerge(CONFIG, { spec: { targetCluster: null } }));

    it("becomes Ready there", async () => {
      tenant = await install(world(), plane);
    });

    it("has what the operator passes on from its control plane on the request for that cluster", async () => {
      const { platform } = world();
      const name = tenantRequestName({ controller: "ocm.services.openmcp.cloud", ...plane }, "workload");
      const [theirs, ours] = await Promise.all(
        [plane.name, name].map((request) => platform.get(ref("clusterRequest", request, tenant.tenantNamespace))),
      );
      assert.ok(theirs !== undefined && ours !== undefined);
      assert.equal(passedOn(theirs)[`${PASSED_ON}cp-name`], plane.name);
      assert.deepEqual(passedOn(ours), passedOn(theirs));
    });

    it("leaves nothing behind when the control plane is removed", async () => {
      await world().ground.removeControlPlane(plane);

      await assertNothingLeft(world(), plane);
    });
  });
};

function passedOn({ metadata: { labels = {} } }: Obj): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name.startsWith(PASSED_ON)));
}
