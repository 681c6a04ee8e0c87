import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import type { Obj } from "../../sim/object.ts";
import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ProviderTraffic } from "../support/provider-traffic.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { startWorld, type Tenant, type World } from "../support/world.ts";

const OPERATION = "openmcp.cloud/operation";
const CONFIG = ref("providerConfig", "ocm");

describe("operation annotation", () => {
  let world: World;
  let provider: ProviderProcess;
  let tenant: Tenant;
  let refs: TenantRefs;
  /** A second tenant: what happens to it later shows that what happened to the first one earlier has been seen. */
  let other: Tenant;
  let version: string;
  let newerVersion: string;
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    await world.configure({ pollInterval: "1s" });
    provider = await world.run();
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    [tenant, other] = (await Promise.all(
      ["mcp-01", "mcp-02"].map((name) => install(world, { name, namespace: "project-x--ws-y" })),
    )) as [Tenant, Tenant];
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function setVersion({ ocm }: TenantRefs, wanted: string): Promise<Obj> {
    return world.onboarding.patchMerge(ocm, { spec: { version: wanted } });
  }

  async function newTraffic(): Promise<ProviderTraffic> {
    const traffic = new ProviderTraffic(world.ground, [world.ground.platform]);
    await traffic.reset();
    return traffic;
  }

  /** Lets the other tenant go through a whole upgrade or back, several polls of the first one included. */
  async function letOthersBeServed(): Promise<void> {
    const { status } = await awaitReady(world.onboarding, other);
    const next = status?.installedVersion === version ? newerVersion : version;
    await setVersion(refsOf(other), next);
    await awaitReady(world.onboarding, other, next);
  }

  it("ignore on an OCM object keeps everything as it is, status included, until it is removed", async () => {
    await annotate(world.onboarding, refs.ocm, "ignore");
    const source = await world.platform.get(refs.source);
    const changed = await setVersion(refs, newerVersion);
    await letOthersBeServed();
    await world.platform.delete(refs.copy);
    await letOthersBeServed();

    const ignored = await world.onboarding.get(refs.ocm);
    assert.equal(ignored.metadata.resourceVersion, changed.metadata.resourceVersion);
    assert.equal((await world.platform.get(refs.source)).metadata.generation, source.metadata.generation);
    assert.equal(await world.platform.find(refs.copy), undefined);

    await annotate(world.onboarding, refs.ocm, null);
    await awaitReady(world.onboarding, tenant, newerVersion);
    await world.platform.get(refs.copy);
  });

  it("reconcile on an OCM object is consumed, and everything is checked again", async () => {
    const traffic = await newTraffic();
    const { metadata } = await annotate(world.onboarding, refs.ocm, "reconcile");

    const consumed = await awaitPresent<ServiceObj>(
      world.onboarding,
      refs.ocm,
      (found) => found.metadata.annotations?.[OPERATION] === undefined,
      { what: "the annotation is consumed" },
    );

    assert.equal(consumed.metadata.generation, metadata.generation);
    await awaitAppliedAgain(traffic, tenant);
    await awaitReady(world.onboarding, tenant, newerVersion);
  });

  it("says nothing with a value that nobody has defined", async () => {
    await world.onboarding.patchMerge(refs.ocm, { metadata: { annotations: { [OPERATION]: "dance" } } });

    await setVersion(refs, version);

    const { metadata } = await awaitReady(world.onboarding, tenant, version);
    assert.equal(metadata.annotations?.[OPERATION], "dance");
    await annotate(world.onboarding, refs.ocm, null);
  });

  it("ignore on the ProviderConfig keeps tenants as they are, and its own status", async () => {
    const inForce = await awaitPresent<ServiceObj>(world.platform, CONFIG, isReady, { what: "it is in force" });
    const source = await world.platform.get(refs.source);
    const changed = await world.platform.patchMerge(CONFIG, {
      metadata: { annotations: { [OPERATION]: "ignore" } },
      spec: { pollInterval: "2s" },
    });
    // A provider that starts now knows of it before it does anything.
    await provider.stop();
    await world.run();
    await setVersion(refs, newerVersion);
    await world.platform.delete(refs.copy);

    // Deletion goes on, and is what shows that the changes before it have been seen.
    await world.onboarding.delete(refsOf(other).ocm);
    await awaitGone(world.onboarding, refsOf(other).ocm, 60_000);

    const ignored = await world.platform.get<ServiceObj>(CONFIG);
    assert.equal(ignored.metadata.resourceVersion, changed.metadata.resourceVersion);
    assert.deepEqual(ignored.status, inForce.status);
    assert.equal((await world.platform.get(refs.source)).metadata.generation, source.metadata.generation);
    assert.equal(await world.platform.find(refs.copy), undefined);

    await annotate(world.platform, CONFIG, null);
    await awaitReady(world.onboarding, tenant, newerVersion);
    await awaitPresent(world.platform, refs.source, (found) => valueAt(found, "spec", "interval") === "2s", {
      what: "the settings are in force",
    });
  });

  it("reconcile on the ProviderConfig is consumed, and every tenant is checked again", async () => {
    const traffic = await newTraffic();
    await annotate(world.platform, CONFIG, "reconcile");

    await awaitPresent(world.platform, CONFIG, (found) => found.metadata.annotations?.[OPERATION] === undefined, {
      what: "the annotation is consumed",
    });

    await awaitAppliedAgain(traffic, tenant);
    await awaitReady(world.onboarding, tenant, newerVersion);
  });

  it("ignore on an OCM object that is being deleted holds everything, until it is removed", async () => {
    await annotate(world.onboarding, refs.ocm, "ignore");
    await world.onboarding.delete(refs.ocm);
    await install(world, { name: "mcp-03", namespace: "project-x--ws-y" });

    const held = await world.onboarding.get(refs.ocm);
    assert.deepEqual(held.metadata.finalizers, ["ocm.services.openmcp.cloud/finalizer"]);
    assert.equal(textAt(held, "status", "phase"), "Ready");
    assert.equal((await world.platform.get(refs.release)).metadata.deletionTimestamp, undefined);

    await annotate(world.onboarding, refs.ocm, null);
    await awaitGone(world.onboarding, refs.ocm, 60_000);
  });
});

function annotate(client: SimClient, object: ObjRef, operation: "ignore" | "reconcile" | null): Promise<Obj> {
  return client.patchMerge(object, { metadata: { annotations: { [OPERATION]: operation } } });
}

/** Waits until every object of a tenant has been applied, although nothing about it was wrong. */
async function awaitAppliedAgain(traffic: ProviderTraffic, { tenantNamespace }: Tenant): Promise<void> {
  const plurals = ["accessrequests", "secrets", "ocirepositories", "helmreleases"];
  const hasApplied = async (): Promise<boolean> => {
    const { writes } = await traffic.read();
    return plurals.every((plural) =>
      writes.some((write) => write.startsWith("patch ") && write.includes(`/${tenantNamespace}/${plural}/`)),
    );
  };
  await waitUntil(hasApplied, { what: `${plurals.join(", ")} are applied again`, withinMs: 30_000 });
}
