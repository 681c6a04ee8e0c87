import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { hold, letGo } from "../support/hold.ts";
import { install, reinstall } from "../support/install.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const OURS = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };
const OPERATION = "openmcp.cloud/operation";
// So long that whatever happens, happens because of a watch.
const pollInterval = "1h";

describe("deletion of an installation", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    world = await startRunningWorld({ pollInterval });
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  const remove = (): Promise<void> => world.onboarding.delete(refs.ocm);
  const setOperation = (operation: string | null): Promise<Obj> =>
    world.onboarding.patchMerge(refs.ocm, { metadata: { annotations: { [OPERATION]: operation } } });
  /** Deletes the OCM object while `change` happens behind the provider's back. */
  const removeAfter = async (change: () => Promise<void>): Promise<void> => {
    await setOperation("ignore");
    await change();
    await remove();
    await setOperation(null);
  };
  const goneOnPlatform = async (object: ObjRef): Promise<void> => {
    await world.platform.delete(object);
    await awaitGone(world.platform, object);
  };
  const nothingIsLeft = async (): Promise<void> => {
    await awaitGone(world.onboarding, refs.ocm, 60_000);
    for (const kind of ["helmRelease", "ociRepository", "accessRequest", "secret"] as const) {
      const left = await world.platform.list(kindOf(kind, tenant.tenantNamespace), OURS);
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name),
        [],
        kind,
      );
    }
    const deployments = await tenant.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
    assert.deepEqual(
      deployments
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => metadata.name),
      [],
      "the release is uninstalled",
    );
  };

  it("is blocked while the user has objects of the toolkit, names them, and goes on when they are gone", async () => {
    const [first, second, component] = [
      userObject("Repository", "first"),
      userObject("Repository", "second"),
      userObject("Component", "third"),
    ] as const;
    for (const object of [first, second, component]) {
      await tenant.mcp.create(object);
    }
    await remove();

    const all = "3 objects to be removed from the control plane: Component default/third, Repository default/first, ";
    const blocked = await awaitRemoved(`${all}Repository default/second`);
    assert.equal(blocked.status?.phase, "Terminating");
    assert.equal(conditionOf(blocked, "Removed")?.reason, "UserObjectsExist");
    assert.equal(conditionOf(blocked, "Ready")?.reason, "Terminating");
    await awaitEvent(world.onboarding, refs.ocm, "UserObjectsExist", all);
    const release = await world.platform.get(refs.release);
    assert.equal(release.metadata.deletionTimestamp, undefined);

    await tenant.mcp.delete(refOfUser(first));
    await awaitRemoved(": Component default/third, Repository default/second");
    await tenant.mcp.delete(refOfUser(component));
    await awaitRemoved("1 object to be removed from the control plane: Repository default/second");
    await tenant.mcp.delete(refOfUser(second));
    await nothingIsLeft();
  });

  it("takes one thing after the other, each when the one before is gone", async () => {
    await reinstall(world, tenant);
    const order = [refs.release, refs.source, refs.copy, refs.accessRequest] as const;
    for (const object of order) {
      await hold(world.platform, object);
    }
    await remove();

    for (const [index, object] of order.entries()) {
      await awaitPresent(world.platform, object, isTerminating, { what: `${object.kind} is being deleted` });
      await awaitFullPass(world.onboarding, refs.ocm);
      for (const later of order.slice(index + 1)) {
        assert.equal(isTerminating(await world.platform.get(later)), false, `${later.kind} before ${object.kind}`);
      }
      await letGo(world.platform, object);
    }
    await nothingIsLeft();
  });

  it("keeps its hand on the access until it is the last to hold it", async () => {
    await reinstall(world, tenant);
    await hold(world.platform, refs.accessRequest);
    await remove();
    await awaitReason(world.onboarding, refs.ocm, "Removed", "RemovingAccess");
    await awaitFullPass(world.onboarding, refs.ocm);

    const { metadata } = await world.platform.get(refs.accessRequest);
    assert.ok(metadata.finalizers?.includes("clusters.openmcp.cloud/clusteraccess"));
    await letGo(world.platform, refs.accessRequest);
    await nothingIsLeft();
  });

  it("waits for the operator while the release is suspended", async () => {
    await reinstall(world, tenant);
    await world.platform.patchMerge(refs.release, { spec: { suspend: true } });
    await remove();

    await awaitReason(world.onboarding, refs.ocm, "Removed", "ReleaseSuspended");
    await awaitFullPass(world.onboarding, refs.ocm);
    assert.equal(isTerminating(await world.platform.get(refs.release)), false);

    await world.platform.patchMerge(refs.release, { spec: { suspend: null } });
    await nothingIsLeft();
  });

  it("asks for access again when that was taken away, so that the release can be uninstalled", async () => {
    await reinstall(world, tenant);
    await removeAfter(async () => {
      await world.platform.patchMerge(refs.accessRequest, { metadata: { finalizers: null } });
      await goneOnPlatform(refs.accessRequest);
    });
    await nothingIsLeft();
  });

  it("gets over an access that somebody else deletes first", async () => {
    await reinstall(world, tenant);
    await removeAfter(() => world.platform.delete(refs.accessRequest));
    await nothingIsLeft();
  });

  it("asks for access again when somebody deletes it while it is needed", async () => {
    await reinstall(world, tenant);
    const { metadata } = await world.platform.get(refs.accessRequest);
    await world.platform.delete(refs.accessRequest);
    await awaitPresent(world.platform, refs.accessRequest, (found) => found.metadata.uid !== metadata.uid, {
      what: "a new AccessRequest",
    });
    await awaitReady(world.onboarding, tenant);

    await remove();
    await nothingIsLeft();
  });

  it("needs neither release nor chart", async () => {
    await reinstall(world, tenant);
    await removeAfter(() => goneOnPlatform(refs.release));
    await nothingIsLeft();

    await reinstall(world, tenant);
    await removeAfter(() => goneOnPlatform(refs.source));
    await nothingIsLeft();
  });

  it("needs no ProviderConfig", async () => {
    await reinstall(world, tenant);
    const config = ref("providerConfig", "ocm");
    const { spec } = await world.platform.get<ServiceObj>(config);
    await goneOnPlatform(config);

    await remove();
    await nothingIsLeft();

    const { apiVersion, kind, name } = config;
    await world.platform.create({ apiVersion, kind, metadata: { name }, spec });
  });

  it("ends Ready when it is asked for again at once", async () => {
    await reinstall(world, tenant);
    await remove();
    await awaitGone(world.onboarding, refs.ocm);

    await reinstall(world, tenant);

    await remove();
    await nothingIsLeft();
  });

  it("removes what was never begun, and the namespace that an earlier version made for it", async () => {
    const plane = { name: "mcp-none", namespace: tenant.namespace };
    const [version = ""] = world.ground.charts.versions;
    const object = ref("ocm", plane.name, plane.namespace);
    const namespaces = { earlier: tenantNamespace(plane.name, plane.namespace), inUse: "mcp--in-use" };
    for (const name of Object.values(namespaces)) {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      await world.platform.create(namespace, { fieldManager: "service-provider-ocm" });
    }
    const theirs = { name: "theirs", namespace: namespaces.inUse };
    await world.platform.create({ apiVersion: "v1", kind: "ConfigMap", metadata: theirs });
    await world.onboarding.create(ocm(plane, version));
    await awaitReason(world.onboarding, object, "AccessReady", "ControlPlaneNotFound");

    await world.onboarding.delete(object);

    await awaitGone(world.onboarding, object);
    await awaitGone(world.platform, ref("namespace", namespaces.earlier));
    const kept = await world.platform.get(ref("namespace", namespaces.inUse));
    assert.equal(kept.metadata.deletionTimestamp, undefined);
  });

  it("lets go of the release when the control plane is gone for good", async () => {
    await reinstall(world, tenant);
    const clusterRequest = ref("clusterRequest", tenant.name, tenant.tenantNamespace);
    await removeAfter(() => goneOnPlatform(clusterRequest));

    await awaitGone(world.onboarding, refs.ocm, 60_000);
    assert.equal(await world.platform.find(refs.release), undefined);
    assert.equal(await world.platform.find(refs.accessRequest), undefined);
    const deployments = await tenant.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
    assert.equal(deployments.length, 1, "nobody has tried to uninstall");
  });

  function awaitRemoved(message: string): Promise<ServiceObj> {
    return awaitPresent<ServiceObj>(
      world.onboarding,
      refs.ocm,
      (object) => conditionOf(object, "Removed")?.message.includes(message) ?? false,
      { what: `deletion is blocked by ${message}` },
    );
  }
});

function isTerminating({ metadata }: Obj): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function userObject(kind: string, name: string): Obj {
  return { apiVersion: "delivery.ocm.software/v1alpha1", kind, metadata: { name, namespace: "default" }, spec: {} };
}

function refOfUser({ apiVersion, kind, metadata: { name } }: Obj): ObjRef {
  return { apiVersion, kind, name, namespace: "default" };
}
