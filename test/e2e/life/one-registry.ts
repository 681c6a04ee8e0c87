import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packChart } from "../../../ground/chart/pack-chart.ts";
import { awaitCause, awaitReady, conditionOf } from "../../support/ocm-status.ts";
import { refsOf } from "../../support/tenant-refs.ts";
import { REFUSED_BY_HELM, tooLargeForHelm } from "../../support/too-large-for-helm.ts";
import { ocm, type Tenant } from "../../support/world.ts";
import { awaitToolkit } from "./await-toolkit.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";
import { changeLogin, createLogin, OFFERED, offerAll } from "./offers.ts";
import { sourcesOf } from "./sources-of.ts";

const namespace = "project-a--ws-registry";
const planes = {
  one: { name: "mcp-one", namespace },
  two: { name: "mcp-two", namespace },
  locked: { name: "mcp-locked", namespace },
  large: { name: "mcp-large", namespace },
};

/** Tenants whose charts come from one registry, some of which get none, or cannot use it. */
export const oneRegistry: LifeOf = (world) => {
  describe("tenants of one registry", { concurrency: 1 }, () => {
    let one: Tenant;
    let two: Tenant;
    let locked: Tenant;
    let large: Tenant;

    it("become Ready while the values of another are too large", async () => {
      const { onboarding, ground, order } = world();
      await offerAll(world(), tooLargeForHelm());
      const ordered = [order(planes.one), order(planes.two), order(planes.locked), order(planes.large)] as const;
      [one, two, locked, large] = await Promise.all(ordered);
      const [version = ""] = ground.charts.versions;
      await onboarding.create(ocm(large, OFFERED.withValues));
      await onboarding.create(ocm(one, version));

      const [failed] = await Promise.all([
        awaitCause(onboarding, large, REFUSED_BY_HELM),
        awaitReady(onboarding, one, version),
      ]);
      assert.equal(conditionOf(failed, "ReleaseReady")?.reason, "ReleaseFailed");
    });

    it("become Ready and change while the login of another is wrong too", async () => {
      const { onboarding, ground } = world();
      const [older = "", newer = ""] = ground.charts.versions;
      await createLogin(world(), ground.charts.wrongDockerConfigJson);
      await onboarding.create(ocm(locked, OFFERED.withLogin));
      const failed = await awaitCause(onboarding, locked, /UNAUTHORIZED/u);
      assert.equal(conditionOf(failed, "ChartReady")?.reason, "ChartFetchFailed");
      await onboarding.create(ocm(two, older));
      await onboarding.patchMerge(refsOf(one).ocm, { spec: { version: newer } });

      await awaitReady(onboarding, two, older);
      await awaitReady(onboarding, one, newer);
      await awaitCause(onboarding, large, REFUSED_BY_HELM);
      await awaitCause(onboarding, locked, /UNAUTHORIZED/u);
    });

    it("are helped by correcting what was wrong, which touches nobody else", async () => {
      const { onboarding, ground } = world();
      const untouched = await sourcesOf(world(), [one, two]);
      const [version = ""] = ground.charts.versions;
      await changeLogin(world(), await ground.registry.admit(locked.name));
      await offerAll(world());

      await awaitReady(onboarding, locked, version);
      await awaitReady(onboarding, large, version);
      assert.deepEqual(await sourcesOf(world(), [one, two]), untouched);
    });

    it("follow a tag that is moved to another chart as soon as Flux sees it", async () => {
      const { onboarding, platform, ground } = world();
      const [older = "", newer = ""] = ground.charts.versions;
      await ground.registry.publish(OFFERED.moving, await packChart(older));
      await onboarding.patchMerge(refsOf(one).ocm, { spec: { version: OFFERED.moving } });
      await awaitDeployed(one, older);

      await ground.registry.publish(OFFERED.moving, await packChart(newer));
      const annotations = { "reconcile.fluxcd.io/requestedAt": String(Date.now()) };
      await platform.patchMerge(refsOf(one).source, { metadata: { annotations } });

      await awaitDeployed(one, newer);
      await awaitReady(onboarding, one, newer);
    });

    it("stay as they are while it is away, and get what they ask for once it is back", async () => {
      const { onboarding, ground } = world();
      const [older = "", newer = ""] = ground.charts.versions;
      const untouched = await sourcesOf(world(), [two]);
      await ground.crashRegistry();
      try {
        await onboarding.patchMerge(refsOf(one).ocm, { spec: { version: older } });
        const waiting = await awaitCause(onboarding, one, /connection refused/u);
        assert.equal(waiting.status?.installedVersion, newer);
        await awaitReady(onboarding, two, older);
      } finally {
        await ground.reviveRegistry();
      }

      await awaitReady(onboarding, one, older);
      assert.deepEqual(await sourcesOf(world(), [two]), untouched);
    });

    it("follow their login when it is rotated, those who have another one undisturbed", async () => {
      const { onboarding, ground } = world();
      const [older = "", newer = ""] = ground.charts.versions;
      const untouched = await sourcesOf(world(), [one]);
      const login = await ground.registry.admit(locked.name);
      await onboarding.patchMerge(refsOf(locked).ocm, { spec: { version: OFFERED.newerWithLogin } });
      await onboarding.patchMerge(refsOf(two).ocm, { spec: { version: newer } });
      const waiting = await awaitCause(onboarding, locked, /UNAUTHORIZED/u);
      assert.equal(waiting.status?.installedVersion, older);

      await changeLogin(world(), login);

      await awaitReady(onboarding, two, newer);
      await awaitReady(onboarding, locked, newer);
      assert.deepEqual(await sourcesOf(world(), [one]), untouched);
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

async function awaitDeployed(tenant: Tenant, version: string): Promise<void> {
  await awaitToolkit(
    tenant,
    `of ${version} is deployed`,
    ({ metadata }) => metadata.labels?.["app.kubernetes.io/version"] === version,
  );
}
