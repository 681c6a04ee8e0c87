import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import { isNotFound } from "../../sim/client-error.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { breakToken } from "../support/break-token.ts";
import { install } from "../support/install.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf } from "../support/ocm-status.ts";
import { PlatformDecisions } from "../support/platform-decisions.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, prepare, startWorld, type Tenant, type World } from "../support/world.ts";

const OPERATION = "openmcp.cloud/operation";

describe("deletion of an installation whose access is lost", () => {
  const decisions = new PlatformDecisions();
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let clusterRequest: ObjRef;
  let plane = 0;
  before(async () => {
    world = await startWorld({ decide: decisions.decide });
    await prepare(world);
    await world.configure({ pollInterval: "1h" });
    await world.run();
  });
  beforeEach(async () => {
    plane += 1;
    tenant = await install(world, { name: `mcp-0${plane}`, namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
    clusterRequest = ref("clusterRequest", tenant.name, tenant.tenantNamespace);
  });
  after(() => world.stop());

  const remove = (): Promise<void> => world.onboarding.delete(refs.ocm);
  const setOperation = (operation: string | null): Promise<Obj> =>
    world.onboarding.patchMerge(refs.ocm, { metadata: { annotations: { [OPERATION]: operation } } });
  const setPhase = async (phase: string): Promise<void> => {
    const { metadata } = await world.platform.get(refs.accessRequest);
    await world.platform.status(refs.accessRequest, { phase, observedGeneration: metadata.generation });
  };
  const deployments = async (): Promise<readonly Obj[]> => {
    const found = await tenant.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
    return found.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  const assertUninstalled = async (): Promise<void> => {
    await awaitGone(world.onboarding, refs.ocm, 120_000);
    assert.deepEqual(await deployments(), []);
    for (const object of [refs.release, refs.source, refs.copy, refs.accessRequest]) {
      assert.equal(await world.platform.find(object), undefined, `${object.kind} is gone`);
    }
  };
  /** Deletes release and OCM object while the control plane refuses Flux; returns what ends the refusal. */
  const failToUninstall = async (): Promise<() => Promise<Obj>> => {
    await setOperation("ignore");
    const restore = await breakToken(world, refs);
    await world.platform.delete(refs.release);
    await remove();
    await setOperation(null);
    await awaitReason(world.onboarding, refs.ocm, "Removed", "UninstallFailed");
    return restore;
  };
  /** Deletes the AccessRequest as somebody would by hand, and waits until another has taken its place. */
  const takeAccessAway = async (): Promise<void> => {
    const { metadata } = await world.platform.get(refs.accessRequest);
    await world.platform.delete(refs.accessRequest);
    await awaitPresent(world.platform, refs.accessRequest, (found) => found.metadata.uid !== metadata.uid, {
      what: "access is requested anew",
    });
  };

  /** Flux tries again at once, unless it has already done so by itself, and has let go of the release. */
  const hurryFlux = async (): Promise<void> => {
    const annotations = { "reconcile.fluxcd.io/requestedAt": "now" };
    try {
      await world.platform.patchMerge(refs.release, { metadata: { annotations } });
    } catch (error) {
      assert.ok(isNotFound(error));
    }
  };

  it("stands still while the access is denied, and goes on when it is granted", async () => {
    const { metadata } = await world.platform.get(refs.release);
    await setPhase("Denied");
    const denied = await awaitReason(world.onboarding, refs.ocm, "AccessReady", "AccessDenied");
    assert.equal(conditionOf(denied, "Ready")?.reason, "ReconcileError");
    assert.equal((await world.platform.get(refs.release)).metadata.generation, metadata.generation);
    await awaitTenants(world.platform, { total: 1, ready: 0, failing: 1 });

    await remove();
    const blocked = await awaitReason(world.onboarding, refs.ocm, "Removed", "AccessDenied");
    assert.equal(blocked.status?.phase, "Terminating");
    assert.equal((await awaitEvent(world.onboarding, refs.ocm, "AccessDenied")).type, "Warning");
    await awaitFullPass(world.onboarding, refs.ocm);
    assert.equal((await world.platform.get(refs.release)).metadata.deletionTimestamp, undefined);
    assert.equal((await deployments()).length, 1);
    await awaitTenants(world.platform, { total: 1, ready: 0, failing: 1 });

    await setPhase("Granted");
    await assertUninstalled();
  });

  it("needs none where it was denied from the beginning", async () => {
    const other = await world.order({ name: "mcp-denied", namespace: tenant.namespace });
    const denied = refsOf(other);
    decisions.set(denied.accessRequest, "deny");
    await world.onboarding.create(ocm(other, world.ground.charts.versions[0] ?? ""));
    await awaitReason(world.onboarding, denied.ocm, "AccessReady", "AccessDenied");

    await world.onboarding.delete(denied.ocm);

    await awaitGone(world.onboarding, denied.ocm);
    assert.equal(await world.platform.find(denied.accessRequest), undefined);
  });

  it("is Ready again, and nothing was touched, when a refusal is lifted before", async () => {
    const [untouched] = await deployments();
    await setPhase("Denied");
    await awaitReason(world.onboarding, refs.ocm, "AccessReady", "AccessDenied");

    await setPhase("Granted");

    await awaitReady(world.onboarding, tenant);
    const [now] = await deployments();
    assert.deepEqual(
      [now?.metadata.uid, now?.metadata.generation],
      [untouched?.metadata.uid, untouched?.metadata.generation],
    );
    await remove();
    await assertUninstalled();
  });

  it("waits for the access when it is denied while Flux is uninstalling", async () => {
    const restore = await failToUninstall();
    await setPhase("Denied");
    await awaitReason(world.onboarding, refs.ocm, "Removed", "AccessDenied");
    assert.notEqual(await world.platform.find(refs.release), undefined);

    await restore();
    await setPhase("Granted");

    await assertUninstalled();
  });

  it("leaves no release behind when the platform has taken the kubeconfig back, and somebody the HelmRelease", async () => {
    await setOperation("ignore");
    await world.platform.patchMerge(refs.release, { spec: { suspend: true } });
    await world.platform.delete(refs.release);
    await awaitGone(world.platform, refs.release);
    const { metadata, status: granted } = await world.platform.get(refs.accessRequest);
    const denied = { phase: "Denied", observedGeneration: metadata.generation, secretRef: null };
    await world.platform.status(refs.accessRequest, denied);
    await remove();
    await setOperation(null);

    await awaitReason(world.onboarding, refs.ocm, "Removed", "AccessDenied");
    await world.platform.status(refs.accessRequest, granted);

    await assertUninstalled();
  });

  it("needs no access where the control plane is gone for good", async () => {
    await setPhase("Denied");
    await awaitReason(world.onboarding, refs.ocm, "AccessReady", "AccessDenied");
    await setOperation("ignore");
    await world.platform.delete(clusterRequest);
    await awaitGone(world.platform, clusterRequest);
    await remove();
    await setOperation(null);

    await awaitGone(world.onboarding, refs.ocm, 60_000);
    assert.equal(await world.platform.find(refs.release), undefined);
    assert.equal((await deployments()).length, 1, "nobody has tried to uninstall");
  });

  it("leaves no release behind when the access goes, and Flux with it, in the midst of the uninstallation", async () => {
    await failToUninstall();
    decisions.set(refs.accessRequest, "hold");
    await takeAccessAway();
    await hurryFlux();
    await awaitGone(world.platform, refs.release, 60_000);
    const waiting = await awaitReason(world.onboarding, refs.ocm, "Removed", "AccessPending");
    assert.equal(waiting.status?.phase, "Terminating");
    assert.equal((await deployments()).length, 1, "Flux has left the release behind");

    await decisions.grant(world.platform, refs.accessRequest, clusterRequest);

    await assertUninstalled();
  });

  it("has Flux go on with the new access when the old one goes in the midst of the uninstallation", async () => {
    await failToUninstall();

    await takeAccessAway();

    await assertUninstalled();
  });
});
