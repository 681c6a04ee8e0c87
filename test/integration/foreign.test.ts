import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { refOf } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { valueAt } from "../../sim/value-at.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { awaitReady, awaitReason } from "../support/ocm-status.ts";
import { withoutVolatile, wording } from "../support/snapshot.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

/** Longer than any test: where a foreign object can be watched, its end is noticed because of an event. */
const LONG = "1h";
const SHORT = "1s";

describe("foreign objects in the way", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    world = await startRunningWorld({ pollInterval: LONG });
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  /** Asks for the toolkit while the foreign object is there. */
  async function assertReported(foreign: Obj, condition: string): Promise<void> {
    await world.onboarding.create(ocm(tenant, world.ground.charts.versions[0] ?? ""));
    const reported = await awaitReason(world.onboarding, refs.ocm, condition, "ForeignObject");
    const { kind, metadata } = foreign;
    const message = `${kind} "${metadata.name}" in namespace "${metadata.namespace ?? ""}" exists and is not managed by this provider`;
    assert.ok(wording(reported, condition).startsWith(`False ForeignObject: ${message}`), wording(reported, condition));
    assert.equal(reported.status?.phase, "Progressing");
    assert.ok(reported.status.resources?.every((resource) => resource["kind"] !== kind));
    await awaitEvent(world.onboarding, refs.ocm, "ForeignObject", message);
  }

  async function assertUntouched(foreign: Obj): Promise<void> {
    const found = await world.platform.get(refOf(foreign));
    assert.equal(found.metadata.uid, foreign.metadata.uid);
    assert.deepEqual(withoutVolatile(found), withoutVolatile(foreign));
    // Flux writes the status of its objects when it likes; we write nothing at all.
    const managers = found.metadata.managedFields?.map(({ manager }) => manager);
    assert.ok(managers?.includes("service-provider-ocm") === false);
  }

  async function removeOCM(): Promise<void> {
    await world.onboarding.delete(refs.ocm);
    await awaitGone(world.onboarding, refs.ocm);
  }

  it("never has its chart installed when it is an OCIRepository, and gives way by being deleted", async () => {
    const foreign = await settle(world, {
      ...objectOf(refs.source),
      spec: { url: "oci://registry.example.com/theirs", interval: "1h", suspend: true },
    });

    await assertReported(foreign, "ChartReady");
    const waiting = await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "WaitingForChart");
    assert.equal(waiting.status?.phase, "Progressing");
    await awaitReason(world.onboarding, refs.ocm, "AccessReady", "AccessGranted");

    await assertUntouched(foreign);
    assert.equal(await world.platform.find(refs.release), undefined);
    await world.platform.delete(refs.source);
    await awaitReady(world.onboarding, tenant);
    await removeOCM();
  });

  it("is left alone when it is a HelmRelease, and gives way by being deleted", async () => {
    const foreign = await settle(world, {
      ...objectOf(refs.release),
      spec: { interval: "1h", suspend: true, chartRef: { kind: "OCIRepository", name: "theirs" } },
    });

    await assertReported(foreign, "ReleaseReady");

    await assertUntouched(foreign);
    await world.platform.delete(refs.release);
    await awaitReady(world.onboarding, tenant);
    await removeOCM();
  });

  it("stays when the OCM object is deleted", async () => {
    const foreign = await settle(world, {
      ...objectOf(refs.release),
      spec: { interval: "1h", suspend: true, chartRef: { kind: "OCIRepository", name: "theirs" } },
    });
    await assertReported(foreign, "ReleaseReady");

    await removeOCM();

    await assertUntouched(foreign);
    await world.platform.delete(refs.release);
    await awaitGone(world.platform, refs.release);
    assert.equal(await world.platform.find(refs.source), undefined);
    assert.equal(await world.platform.find(refs.accessRequest), undefined);
  });

  it("is looked for again at each poll when it is a Secret", async () => {
    await setPollInterval(SHORT);
    const foreign = await world.platform.create({
      ...objectOf(refs.copy),
      type: "Opaque",
      data: { theirs: "eA==" },
    });

    await assertReported(foreign, "ChartReady");
    await awaitReason(world.onboarding, refs.ocm, "AccessReady", "AccessGranted");

    await assertUntouched(foreign);
    assert.equal(await world.platform.find(refs.source), undefined);
    await world.platform.delete(refs.copy);
    await awaitReady(world.onboarding, tenant);
    await removeOCM();
  });

  for (const [what, labels] of [
    ["has no label", undefined],
    ["has our label, but another purpose", { "openmcp.cloud/managed-by": "ocm.services.openmcp.cloud" }],
  ] as const) {
    it(`gives no access when it is an AccessRequest that ${what}`, async () => {
      await world.platform.create({
        ...objectOf(refs.accessRequest),
        metadata: { ...objectOf(refs.accessRequest).metadata, ...(labels && { labels }) },
        spec: {
          requestRef: { name: tenant.name, namespace: tenant.tenantNamespace },
          token: { roleRefs: [{ kind: "ClusterRole", name: "view" }] },
        },
      });
      const foreign = await awaitPresent(
        world.platform,
        refs.accessRequest,
        (request) => valueAt(request, "status", "phase") === "Granted",
        { what: "the foreign AccessRequest is granted" },
      );

      await assertReported(foreign, "AccessReady");
      await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "WaitingForAccess");
      await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetched");

      await assertUntouched(foreign);
      assert.equal(await world.platform.find(refs.release), undefined);
      await world.platform.delete(refs.accessRequest);
      await awaitReady(world.onboarding, tenant);
      await removeOCM();
    });
  }

  function setPollInterval(pollInterval: string): Promise<Obj> {
    return world.platform.patchMerge(
      { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "ProviderConfig", name: "ocm" },
      { spec: { pollInterval } },
    );
  }
});

/** Creates a suspended Flux object, and waits until Flux has done all it does to one: set its finalizer. */
async function settle(world: World, object: Obj): Promise<Obj> {
  await world.platform.create(object);
  return awaitPresent(world.platform, refOf(object), ({ metadata }) => metadata.finalizers !== undefined, {
    what: "Flux has seen the foreign object",
  });
}

function objectOf({ apiVersion, kind, name, namespace }: ObjRef): Obj {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}
