import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { valueAt } from "../../sim/value-at.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitCause, awaitReady, conditionOf } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { REFUSED_BY_HELM, tooLargeForHelm } from "../support/too-large-for-helm.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
/** What etcd takes of one object. */
const MOST_STORED = 1_572_864;
/** Much less than a HelmRelease with its status is larger than a ProviderConfig of the same values. */
const STEP = 400;

describe("values that are too large", () => {
  let world: World;
  let installed: Tenant;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    installed = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
  });
  after(() => world.stop());

  const setValues = (value: { readonly note: string }): Promise<Obj> =>
    world.platform.patchJson(CONFIG, [{ op: "add", path: "/spec/values", value }]);
  const clear = (): Promise<Obj> => world.platform.patchJson(CONFIG, [{ op: "remove", path: "/spec/values" }]);
  const order = async (name: string): Promise<Tenant> => {
    const tenant = await world.order({ name, namespace: "project-x--ws-y" });
    await world.onboarding.create(ocm(tenant, world.ground.charts.versions[0] ?? ""));
    return tenant;
  };

  it("for Helm are told of with its words, and change nothing of what is installed", async () => {
    const deployment = await deploymentOf(installed);
    await setValues(tooLargeForHelm());
    const fresh = await order("mcp-02");

    for (const tenant of [installed, fresh]) {
      const failed = await awaitCause(world.onboarding, tenant, REFUSED_BY_HELM);
      assert.equal(conditionOf(failed, "ReleaseReady")?.reason, "ReleaseFailed");
      assert.equal(failed.status?.phase, "Progressing");
      assert.equal(failed.status.installedVersion, tenant === installed ? world.ground.charts.versions[0] : undefined);
    }
    assert.deepEqual(await deploymentOf(installed), deployment);

    await clear();
    await awaitReady(world.onboarding, installed);
    await awaitReady(world.onboarding, fresh);
  });

  it("for the API server are told of with what to do, and change nothing of what is installed", async () => {
    const cause = /is larger than the platform's API server takes; shorten the values in the ProviderConfig$/u;
    const release = await world.platform.get(refsOf(installed).release);
    let length = MOST_STORED;
    while (!(await isTaken(setValues({ note: "x".repeat(length) })))) {
      length -= STEP;
    }

    const failed = await awaitCause(world.onboarding, installed, cause);
    assert.equal(conditionOf(failed, "ReleaseReady")?.reason, "ValuesTooLarge");
    assert.equal(failed.status?.phase, "Progressing");
    assert.equal(failed.status.installedVersion, world.ground.charts.versions[0]);
    const { spec } = await world.platform.get(refsOf(installed).release);
    assert.deepEqual(spec, release["spec"]);

    await clear();
    await awaitReady(world.onboarding, installed);
  });
});

async function deploymentOf({ mcp }: Tenant): Promise<unknown> {
  const deployments = await mcp.list({
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: "ocm-k8s-toolkit-system",
  });
  return deployments.map((deployment) => [deployment.metadata.uid, valueAt(deployment, "spec")]);
}

async function isTaken(write: Promise<Obj>): Promise<boolean> {
  return write.then(
    () => true,
    (error: unknown) => {
      assert.match(String(error), /etcdserver: request is too large/u);
      return false;
    },
  );
}
