import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { refOf } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { RELEASE_NAMESPACE } from "../../src/ocm/names.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { kindOf } from "../support/kinds.ts";
import { awaitReady, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { playToolkit } from "../support/play-toolkit.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { toolkitObjects } from "../support/toolkit-objects.ts";
import { watchDeletions } from "../support/watch-deletions.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const { discovery, namespacedDeployer } = toolkitObjects;

describe("objects of the newest toolkit", () => {
  const stop = new AbortController();
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    // What happens within the test happens because of a watch.
    world = await startRunningWorld({ pollInterval: "1h" });
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
    playToolkit(tenant.mcp, { clock: systemSimClock, signal: stop.signal });
  });
  after(async () => {
    stop.abort();
    await world.stop();
  });

  async function installNewest(): Promise<void> {
    const version = world.ground.charts.versions.at(-1) ?? "";
    await world.onboarding.create(ocm(tenant, version));
    await awaitReady(world.onboarding, tenant, version);
  }

  async function create(...objects: readonly Obj[]): Promise<void> {
    for (const object of objects) {
      await tenant.mcp.create(object);
    }
    for (const object of objects.filter(({ kind }) => kind !== "Discovery")) {
      await awaitPresent(tenant.mcp, refOf(object), ({ metadata }) => metadata.finalizers !== undefined, {
        what: `the toolkit holds the ${object.kind}`,
      });
    }
  }

  function awaitBlocked(count: string, names: string): Promise<ServiceObj> {
    const message = `deletion blocked: waiting for ${count} to be removed from the control plane: ${names}`;
    return awaitPresent<ServiceObj>(
      world.onboarding,
      refs.ocm,
      (found) => conditionOf(found, "Removed")?.message === message,
      { what: message },
    );
  }

  it("go in the order in which the toolkit lets them go, and the toolkit goes after them", async () => {
    await installNewest();
    const objects = Object.values(toolkitObjects);
    await create(...objects);
    const [deployment] = await tenant.mcp.list(kindOf("deployment", RELEASE_NAMESPACE));
    assert.ok(deployment);
    const deletions = await watchDeletions(
      [...objects, deployment].map((object) => ({ client: tenant.mcp, ref: refOf(object) })),
    );

    await world.onboarding.delete(refs.ocm);
    await awaitBlocked(
      "7 objects",
      "Component default/podinfo, Deployer podinfo, Discovery default/podinfo and 4 more",
    );
    for (const object of objects) {
      await tenant.mcp.delete(refOf(object));
    }

    const order = await deletions();
    await awaitGone(world.onboarding, refs.ocm);
    for (const [sooner, later] of [
      ["NamespacedDeployer", "Resource"],
      ["Deployer", "Resource"],
      ["Resource", "Component"],
      ["Discovery", "Component"],
      ["Component", "Repository"],
      ["Replication", "Deployment"],
      ["Repository", "Deployment"],
    ] as const) {
      assert.ok(order.indexOf(sooner) < order.indexOf(later), `${sooner} goes before ${later}: ${order.join(", ")}`);
    }
  });

  it("keep the toolkit when nothing older is left, and a suspended one until somebody resumes it", async () => {
    await installNewest();
    const suspended = refOf(namespacedDeployer);
    await create(namespacedDeployer, discovery);
    await tenant.mcp.patchMerge(suspended, { spec: { suspend: true } });
    await world.onboarding.delete(refs.ocm);
    await awaitBlocked("2 objects", "Discovery default/podinfo, NamespacedDeployer default/podinfo");

    await tenant.mcp.delete(refOf(discovery));
    await tenant.mcp.delete(suspended);
    await awaitBlocked("1 object", "NamespacedDeployer default/podinfo");
    await awaitFullPass(world.onboarding, refs.ocm);
    assert.equal((await world.platform.get(refs.release)).metadata.deletionTimestamp, undefined);

    await tenant.mcp.patchMerge(suspended, { spec: { suspend: null } });
    await awaitGone(tenant.mcp, suspended);
    await awaitGone(world.onboarding, refs.ocm);
  });

  it("block also where the toolkit has gone back to a version that does not know their kind", async () => {
    await installNewest();
    await create(namespacedDeployer);
    const [oldest = ""] = world.ground.charts.versions;
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: oldest } });
    await awaitReady(world.onboarding, tenant, oldest);

    await tenant.mcp.delete(refOf(namespacedDeployer));
    await world.onboarding.delete(refs.ocm);
    await awaitBlocked("1 object", "NamespacedDeployer default/podinfo");
    await awaitFullPass(world.onboarding, refs.ocm);
    assert.equal((await world.platform.get(refs.release)).metadata.deletionTimestamp, undefined);

    await tenant.mcp.patchMerge(refOf(namespacedDeployer), { metadata: { finalizers: null } });
    await awaitGone(world.onboarding, refs.ocm);
  });
});
