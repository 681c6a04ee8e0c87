import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { awaitReady, awaitReason } from "../../support/ocm-status.ts";
import { refsOf } from "../../support/tenant-refs.ts";
import { ocm, type Tenant } from "../../support/world.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";
import { OFFERED } from "./offers.ts";
import { sourcesOf } from "./sources-of.ts";

const planes = {
  one: { name: "mcp-same", namespace: "project-a--ws-one" },
  two: { name: "mcp-same", namespace: "project-a--ws-two" },
  broken: { name: "mcp-broken", namespace: "project-a--ws-one" },
};

/** Several tenants at once, some of which have the same name, and one of which has no luck. */
export const severalTenants: LifeOf = (world) => {
  describe("several tenants at once", { concurrency: 1 }, () => {
    let one: Tenant;
    let two: Tenant;
    let broken: Tenant;

    it("become Ready, those of the same name in different namespaces too, while one asks for what does not exist", async () => {
      const { order, onboarding, ground } = world();
      [one, two, broken] = await Promise.all([order(planes.one), order(planes.two), order(planes.broken)]);
      const [version = ""] = ground.charts.versions;
      await onboarding.create(ocm(broken, OFFERED.missing));
      await Promise.all([one, two].map((tenant) => onboarding.create(ocm(tenant, version))));

      await Promise.all([
        awaitReady(onboarding, one, version),
        awaitReady(onboarding, two, version),
        awaitReason(onboarding, refsOf(broken).ocm, "ChartReady", "ChartFetchFailed"),
      ]);
    });

    it("change without each other, also while the control plane of one does not answer", async () => {
      const { onboarding, ground } = world();
      const untouched = await sourcesOf(world(), [two]);
      await ground.crash(two.cluster);
      const [, version = ""] = ground.charts.versions;
      try {
        await onboarding.patchMerge(refsOf(one).ocm, { spec: { version } });
        await awaitReady(onboarding, one, version);
        assert.deepEqual(await sourcesOf(world(), [two]), untouched);
      } finally {
        await ground.revive(two.cluster);
      }
      await onboarding.patchMerge(refsOf(two).ocm, { spec: { version } });
      await awaitReady(onboarding, two, version);
    });

    it("are helped by correcting what was wrong", async () => {
      const { onboarding, ground } = world();
      const [version = ""] = ground.charts.versions;
      await onboarding.patchMerge(refsOf(broken).ocm, { spec: { version } });

      await awaitReady(onboarding, broken, version);
    });

    it("are removed at the same time, and nothing of them is left", async () => {
      const all = Object.values(planes);
      await Promise.all(all.map((plane) => world().ground.removeControlPlane(plane)));

      for (const plane of all) {
        await assertNothingLeft(world(), plane);
      }
    });
  });
};
