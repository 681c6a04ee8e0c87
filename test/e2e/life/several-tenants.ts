import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packChart } from "../../../ground/chart/pack-chart.ts";
import { awaitPresent } from "../../support/await-object.ts";
import { ref } from "../../support/kinds.ts";
import { awaitReady, awaitReason } from "../../support/ocm-status.ts";
import { refsOf } from "../../support/tenant-refs.ts";
import { ocm, type Tenant } from "../../support/world.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";
import type { PlatformWorld } from "./platform-world.ts";

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
      await onboarding.create(ocm(broken, "9.9.9"));
      await Promise.all([one, two].map((tenant) => onboarding.create(ocm(tenant, version))));

      await Promise.all([
        awaitReady(onboarding, one, version),
        awaitReady(onboarding, two, version),
        awaitReason(onboarding, refsOf(broken).ocm, "ChartReady", "ChartFetchFailed"),
      ]);
    });

    it("change without each other, also while the control plane of one does not answer", async () => {
      const { onboarding, ground } = world();
      const untouched = await sourceOf(world(), two);
      await ground.crash(two.cluster);
      const [, version = ""] = ground.charts.versions;
      try {
        await onboarding.patchMerge(refsOf(one).ocm, { spec: { version } });
        await awaitReady(onboarding, one, version);
        assert.deepEqual(await sourceOf(world(), two), untouched);
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

    it("follow a tag that is moved to another chart as soon as Flux sees it", async () => {
      const { onboarding, platform, ground } = world();
      const [older = "", newer = ""] = ground.charts.versions;
      await ground.registry.publish("nightly", await packChart(older));
      await onboarding.patchMerge(refsOf(one).ocm, { spec: { version: "nightly" } });
      await awaitDeployed(one, older);

      await ground.registry.publish("nightly", await packChart(newer));
      const annotations = { "reconcile.fluxcd.io/requestedAt": String(Date.now()) };
      await platform.patchMerge(refsOf(one).source, { metadata: { annotations } });

      await awaitDeployed(one, newer);
      await awaitReady(onboarding, one, newer);
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

async function sourceOf({ platform }: PlatformWorld, tenant: Tenant): Promise<unknown> {
  const { metadata } = await platform.get(refsOf(tenant).source);
  return { uid: metadata.uid, generation: metadata.generation };
}

async function awaitDeployed({ mcp }: Tenant, version: string): Promise<void> {
  const name = "ocm-k8s-toolkit-controller-manager";
  await awaitPresent(
    mcp,
    ref("deployment", name, "ocm-k8s-toolkit-system"),
    ({ metadata }) => metadata.labels?.["app.kubernetes.io/version"] === version,
    { what: `the toolkit of ${version} is deployed`, withinMs: 60_000 },
  );
}
