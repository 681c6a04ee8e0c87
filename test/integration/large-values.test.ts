import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { valueAt } from "../../sim/value-at.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
/** Of a chart's release Helm keeps all values in one Secret, which may have a megabyte. */
const TOO_LARGE_FOR_HELM = 1_200_000;
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

  const setNote = (note: string): Promise<Obj> =>
    world.platform.patchJson(CONFIG, [{ op: "add", path: "/spec/values", value: { note } }]);
  const clear = (): Promise<Obj> => world.platform.patchJson(CONFIG, [{ op: "remove", path: "/spec/values" }]);
  const order = async (name: string): Promise<Tenant> => {
    const tenant = await world.order({ name, namespace: "project-x--ws-y" });
    await world.onboarding.create(ocm(tenant, world.ground.charts.versions[0] ?? ""));
    return tenant;
  };
  const awaitCause = (tenant: Tenant, cause: RegExp): Promise<ServiceObj> =>
    awaitPresent<ServiceObj>(
      world.onboarding,
      refsOf(tenant).ocm,
      (found) => {
        const ready = conditionOf(found, "Ready");
        return ready?.reason === "ReconcileError" && cause.test(ready.message);
      },
      { what: `Ready gives ${cause} as the cause`, withinMs: 60_000 },
    );

  it("for Helm are told of with its words, and change nothing of what is installed", async () => {
    const cause = /Secret "sh\.helm\.release\.v1\..*" is invalid: data: Too long: may not be more than 1048576 bytes/u;
    const deployment = await deploymentOf(installed);
    await setNote(noise(TOO_LARGE_FOR_HELM));
    const fresh = await order("mcp-02");

    for (const tenant of [installed, fresh]) {
      const failed = await awaitCause(tenant, cause);
      assert.equal(conditionOf(failed, "ReleaseReady")?.reason, "ReleaseFailed");
      assert.equal(failed.status?.phase, "Progressing");
      assert.equal(failed.status.installedVersion, tenant === installed ? world.ground.charts.versions[0] : undefined);
    }
    assert.deepEqual(await deploymentOf(installed), deployment);

    await clear();
    await awaitReady(world.onboarding, installed);
    await awaitReady(world.onboarding, fresh);
  });

  it("for the API server are told of with its words and what to do, and change nothing of what is installed", async () => {
    const cause = /shorten the values in the ProviderConfig: .*helmreleases\/.*: etcdserver: request is too large/u;
    const release = await world.platform.get(refsOf(installed).release);
    let length = MOST_STORED;
    while (!(await isTaken(setNote("x".repeat(length))))) {
      length -= STEP;
    }

    const failed = await awaitCause(installed, cause);
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

/** Text that cannot be made smaller, and is always the same. */
function noise(length: number): string {
  let text = "";
  for (let part = 0; text.length < length; part += 1) {
    text += createHash("sha512").update(String(part)).digest("base64");
  }
  return text.slice(0, length);
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
