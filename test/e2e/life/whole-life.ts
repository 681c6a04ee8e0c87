import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refOf } from "../../../sim/client.ts";
import { ensure } from "../../../sim/stand-in/ensure.ts";
import type { Obj } from "../../../sim/object.ts";
import { valueAt } from "../../../sim/value-at.ts";
import { kindOf, ref } from "../../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf } from "../../support/ocm-status.ts";
import { refsOf } from "../../support/tenant-refs.ts";
import { ocm, type Tenant } from "../../support/world.ts";
import { awaitToolkit } from "./await-toolkit.ts";
import { watchDeletions } from "../../support/watch-deletions.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";

const plane = { name: "mcp-whole", namespace: "project-a--ws-whole" };
const repository: Obj = {
  apiVersion: "delivery.ocm.software/v1alpha1",
  kind: "Repository",
  metadata: { name: "mine", namespace: "default" },
  spec: {},
};
const deployer: Obj = { ...repository, kind: "Deployer", metadata: { name: "everywhere" } };

/** One tenant from the order of its control plane to its removal. */
export const wholeLife: LifeOf = (world) => {
  describe("the whole life of a tenant", { concurrency: 1 }, () => {
    let tenant: Tenant;

    it("begins with an OCM object that waits for a control plane that is not ordered yet", async () => {
      const { onboarding, ground } = world();
      await ensure(onboarding, { apiVersion: "v1", kind: "Namespace", metadata: { name: plane.namespace } });
      await onboarding.create(ocm(plane, ground.charts.versions[0] ?? ""));

      const waiting = await awaitReason(
        onboarding,
        ref("ocm", plane.name, plane.namespace),
        "AccessReady",
        "ControlPlaneNotFound",
      );

      assert.equal(waiting.status?.phase, "Progressing");
    });

    it("becomes Ready once the control plane is there", async () => {
      const { onboarding, ground, order } = world();
      tenant = await order(plane);

      await awaitReady(onboarding, tenant, ground.charts.versions[0]);
    });

    it("lets the user work with the toolkit's kinds", async () => {
      await tenant.mcp.create(repository);
      await tenant.mcp.create(deployer);
    });

    it("follows to the newest version", async () => {
      const { onboarding, ground } = world();
      const version = ground.charts.versions.at(-1) ?? "";
      await onboarding.patchMerge(refsOf(tenant).ocm, { spec: { version } });

      await awaitReady(onboarding, tenant, version);
    });

    it("takes changed values over", async () => {
      const { platform, onboarding } = world();
      const values = { manager: { concurrency: { resource: 17 } } };
      await platform.patchMerge(ref("providerConfig", "ocm"), { spec: { values } });

      await awaitArgument(tenant, "--resource-controller-concurrency=17");
      await awaitReady(onboarding, tenant);
    });

    it("goes back to the version before", async () => {
      const { onboarding, ground } = world();
      const [version = ""] = ground.charts.versions;
      await onboarding.patchMerge(refsOf(tenant).ocm, { spec: { version } });

      await awaitReady(onboarding, tenant, version);
      await awaitArgument(tenant, "--resource-controller-concurrency=17");
    });

    it("is not deleted while the user has objects of the toolkit", async () => {
      const { onboarding, platform } = world();
      await onboarding.delete(refsOf(tenant).ocm);

      const blocked = await awaitReason(onboarding, refsOf(tenant).ocm, "Removed", "UserObjectsExist");

      assert.match(conditionOf(blocked, "Removed")?.message ?? "", /: Deployer everywhere, Repository default\/mine$/u);
      const release = await platform.get(refsOf(tenant).release);
      assert.equal(release.metadata.deletionTimestamp, undefined);
    });

    it("goes in the contract's order once the last of them is removed", async () => {
      const { onboarding, platform } = world();
      const refs = refsOf(tenant);
      const onPlatform = [refs.release, refs.source, refs.copy, refs.accessRequest];
      const deletions = await watchDeletions([
        ...onPlatform.map((doomed) => ({ client: platform, ref: doomed })),
        { client: onboarding, ref: refs.ocm },
      ]);
      await tenant.mcp.delete(refOf(repository));
      await tenant.mcp.delete(refOf(deployer));

      assert.deepEqual(await deletions(), ["HelmRelease", "OCIRepository", "Secret", "AccessRequest", "OCM"]);
      const deployments = await tenant.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
      assert.deepEqual(
        deployments.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
        [],
      );
    });

    it("ends with its control plane, and nothing of it is left", async () => {
      await world().ground.removeControlPlane(plane);

      await assertNothingLeft(world(), plane);
    });
  });
};

async function awaitArgument(tenant: Tenant, argument: string): Promise<void> {
  await awaitToolkit(tenant, `runs with ${argument}`, (deployment) =>
    JSON.stringify(valueAt(deployment, "spec", "template", "spec")).includes(argument),
  );
}
