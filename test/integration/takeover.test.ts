import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { listAt, valueAt } from "../../sim/value-at.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitObject, awaitPresent } from "../support/await-object.ts";
import { ownedByGo, playGoProvider } from "../support/go-provider.ts";
import { hold, letGo } from "../support/hold.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { withoutVolatile } from "../support/snapshot.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, PULL_SECRET, startWorld, type Tenant, type World } from "../support/world.ts";

const OPERATION = "openmcp.cloud/operation";
const FINALIZER = "ocm.services.openmcp.cloud/finalizer";
const TOOLKIT_NAMESPACE = "ocm-k8s-toolkit-system";
/** As in what was recorded of the Go provider: the same values make the same Deployment. */
const VALUES = { manager: { concurrency: { resource: 10 } } };
const WHAT_THE_PROVIDER_MAKES = ["helmRelease", "ociRepository", "accessRequest", "clusterRequest", "secret"] as const;

describe("what the Go provider left", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let old: Readonly<Record<"release" | "source" | "copy" | "workloadAccess" | "workload", ObjRef>>;
  let version: string;
  /** Names of what the platform has made for the tenant. */
  let fromThePlatform: ReadonlySet<string> = new Set();
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    // Longer than any test: what happens, happens because of an event.
    await world.configure({ pollInterval: "1h", values: VALUES });
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
    const { tenantNamespace } = tenant;
    old = {
      release: ref("helmRelease", "helm-release", tenantNamespace),
      source: ref("ociRepository", "oci-repository", tenantNamespace),
      copy: ref("secret", PULL_SECRET, tenantNamespace),
      workloadAccess: ref("accessRequest", "ocm.services.openmcp.cloud--mcp-01--wl", tenantNamespace),
      workload: ref("clusterRequest", "ocm.services.openmcp.cloud--mcp-01--wl", tenantNamespace),
    };
    [version = ""] = world.ground.charts.versions;
    fromThePlatform = new Set((await Promise.all(WHAT_THE_PROVIDER_MAKES.map(namesOf))).flat());
    await world.run();
  });
  afterEach(async () => {
    for (const { metadata } of await tenant.mcp.list(kindOf("repository"))) {
      await tenant.mcp.delete(ref("repository", metadata.name, metadata.namespace));
    }
    if ((await world.onboarding.find(refs.ocm)) !== undefined) {
      await world.onboarding.delete(refs.ocm);
    }
    await assertNothingIsLeft();
  });
  after(() => world.stop());

  /** What is on the control plane, and has to be the same objects afterwards. */
  async function objectsOnControlPlane(): Promise<readonly unknown[]> {
    // A kind that was installed a moment ago may not be served yet.
    await awaitObject(tenant.mcp, ref("repository", "any", "default"), () => true, { what: "Repository is served" });
    const objects = await Promise.all([
      tenant.mcp.list(kindOf("deployment", TOOLKIT_NAMESPACE)),
      tenant.mcp.list(kindOf("crd")),
      tenant.mcp.list(kindOf("repository")),
    ]);
    return objects.flat().map(({ kind, metadata: { name, uid, generation } }) => ({ kind, name, uid, generation }));
  }

  async function namesOf(kind: (typeof WHAT_THE_PROVIDER_MAKES)[number]): Promise<string[]> {
    const objects = await world.platform.list(kindOf(kind, tenant.tenantNamespace));
    const names = objects.map(({ metadata }) => metadata.name).toSorted();
    return names.filter((name) => !fromThePlatform.has(name));
  }

  async function assertOnlyNewNames(): Promise<void> {
    await awaitPresent(world.platform, refs.source, isUnmarked, { what: "the takeover is over" });
    await awaitGone(world.platform, old.workload);
    await awaitGone(world.platform, old.source);
    assert.deepEqual(await namesOf("helmRelease"), [refs.release.name]);
    assert.deepEqual(await namesOf("ociRepository"), [refs.source.name]);
    assert.deepEqual(await namesOf("accessRequest"), [refs.accessRequest.name]);
    assert.deepEqual(await namesOf("clusterRequest"), []);
    assert.ok(!(await namesOf("secret")).includes(PULL_SECRET));
  }

  /** Nothing remembers the Go provider, and what it set without being asked to is gone. */
  async function assertAdopted(): Promise<void> {
    for (const object of [refs.accessRequest, refs.copy, refs.source, refs.release]) {
      assert.deepEqual(ownedByGo(await world.platform.get(object)).filter(ownsContent), [], object.kind);
    }
    const access = await world.platform.get(refs.accessRequest);
    assert.equal(valueAt(access, "spec", "token", "permissions"), undefined);
  }

  async function assertNothingIsLeft(): Promise<void> {
    await awaitGone(world.onboarding, refs.ocm, 60_000);
    for (const kind of WHAT_THE_PROVIDER_MAKES) {
      const left = (await namesOf(kind)).filter((name) => !name.includes("kubeconfig"));
      assert.deepEqual(left, [], kind);
    }
    const deployments = await tenant.mcp.list(kindOf("deployment", TOOLKIT_NAMESPACE));
    const running = deployments.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.deepEqual(
      running.map(({ metadata }) => metadata.name),
      [],
      "the release is uninstalled",
    );
  }

  function change(object: ObjRef, spec: object): Promise<Obj> {
    return world.platform.patchMerge(object, { spec }, { fieldManager: "kubectl-edit" });
  }

  function setOperation(operation: string | null): Promise<Obj> {
    const annotations = { [OPERATION]: operation };
    return world.platform.patchMerge(ref("providerConfig", "ocm"), { metadata: { annotations } });
  }

  /** Creates an OCM object that is being deleted before the provider has seen it. */
  async function createDeletedOCM(): Promise<void> {
    const object = ocm(tenant, version);
    const metadata = { ...object.metadata, finalizers: [FINALIZER], annotations: { [OPERATION]: "ignore" } };
    await world.onboarding.create({ ...object, metadata });
    await world.onboarding.delete(refs.ocm);
    await world.onboarding.patchMerge(refs.ocm, { metadata: { annotations: { [OPERATION]: null } } });
  }

  it("under its first names is upgraded in place, and nothing of these names stays", async () => {
    await playGoProvider(world, "first-names", tenant);
    await objectsOnControlPlane();
    await tenant.mcp.create(userObject());
    const present = await objectsOnControlPlane();
    await world.onboarding.create(ocm(tenant, version));

    await awaitReady(world.onboarding, tenant, version);

    await assertOnlyNewNames();
    await assertAdopted();
    assert.deepEqual(await objectsOnControlPlane(), present);
    assert.deepEqual(releaseVersions(await world.platform.get(refs.release)).slice(0, 1), [2]);
  });

  it("under its later names is adopted as it is, and goes along with changes from then on", async () => {
    await playGoProvider(world, "later-names", tenant);
    const present = await objectsOnControlPlane();
    const { uid } = (await world.platform.get(refs.release)).metadata;
    await world.onboarding.create(ocm(tenant, version));

    await awaitReady(world.onboarding, tenant, version);

    await assertOnlyNewNames();
    await assertAdopted();
    assert.deepEqual(await objectsOnControlPlane(), present);
    const adopted = await world.platform.get(refs.release);
    assert.equal(adopted.metadata.uid, uid);
    await world.platform.patchMerge(ref("providerConfig", "ocm"), { spec: { values: null } });
    await awaitPresent(world.platform, refs.release, (release) => valueAt(release, "spec", "values") === undefined, {
      what: "the values of the Go provider are gone",
    });
    await awaitReady(world.onboarding, tenant, version);
    await world.platform.patchMerge(ref("providerConfig", "ocm"), { spec: { values: VALUES } });
  });

  it("can be had back, and taken over again", async () => {
    await playGoProvider(world, "first-names", tenant);
    await world.onboarding.create(ocm(tenant, version));
    await awaitReady(world.onboarding, tenant, version);
    await assertOnlyNewNames();
    const present = await objectsOnControlPlane();

    await setOperation("ignore");
    await change(refs.release, { suspend: true });
    for (const object of [refs.release, refs.source, refs.copy]) {
      await world.platform.delete(object);
      await awaitGone(world.platform, object);
    }
    await playGoProvider(world, "first-names", tenant);
    assert.deepEqual(await objectsOnControlPlane(), present);
    assert.equal(await world.platform.find(refs.release), undefined);

    await setOperation(null);
    await assertOnlyNewNames();
    await awaitReady(world.onboarding, tenant, version);
    assert.deepEqual(await objectsOnControlPlane(), present);
  });

  it("is taken over only when the operator has resumed a release that was suspended", async () => {
    await playGoProvider(world, "first-names", tenant);
    await change(old.release, { suspend: true });
    await world.onboarding.create(ocm(tenant, version));

    await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "ReleaseSuspended");
    await awaitFullPass(world.onboarding, refs.ocm);
    assert.equal((await world.platform.get(old.release)).metadata.deletionTimestamp, undefined);
    assert.equal(await world.platform.find(refs.release), undefined);

    await change(old.release, { suspend: null });
    await awaitReady(world.onboarding, tenant, version);
    await assertOnlyNewNames();
  });

  it("stays at work until the chart can be fetched", async () => {
    await playGoProvider(world, "first-names", tenant);
    await world.onboarding.create(ocm(tenant, "0.0.404"));

    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    await awaitFullPass(world.onboarding, refs.ocm);
    const release = await world.platform.get(old.release);
    assert.equal(valueAt(release, "spec", "suspend"), undefined);
    assert.equal(await world.platform.find(refs.release), undefined);

    await world.onboarding.patchMerge(refs.ocm, { spec: { version } });
    await awaitReady(world.onboarding, tenant, version);
    await assertOnlyNewNames();
  });

  it("is left alone where somebody else has made it, or written into it", async () => {
    const { namespace = "" } = old.source;
    const theirs = [
      { ...objectOf(old.source), spec: { url: "oci://registry.example.com/theirs", interval: "1h", suspend: true } },
      {
        ...objectOf(old.release),
        spec: { interval: "1h", suspend: true, chartRef: { kind: "OCIRepository", name: "theirs", namespace } },
      },
    ];
    for (const object of theirs) {
      await world.platform.create(object, { fieldManager: "somebody" });
    }
    await world.onboarding.create(ocm(tenant, version));

    await awaitReady(world.onboarding, tenant, version);
    await world.onboarding.delete(refs.ocm);
    await awaitGone(world.onboarding, refs.ocm, 60_000);

    for (const object of [old.source, old.release]) {
      assert.equal((await world.platform.get(object)).metadata.deletionTimestamp, undefined);
      await world.platform.delete(object);
      await awaitGone(world.platform, object);
    }
  });

  it("goes without a pull secret into which somebody else has written", async () => {
    await playGoProvider(world, "first-names", tenant);
    const label = { metadata: { labels: { team: "a" } } };
    await world.platform.patchMerge(old.copy, label, { fieldManager: "kubectl-label" });
    const copy = withoutVolatile(await world.platform.get(old.copy));
    await world.onboarding.create(ocm(tenant, version));

    await awaitReady(world.onboarding, tenant, version);
    await awaitGone(world.platform, old.source);

    assert.deepEqual(withoutVolatile(await world.platform.get(old.copy)), copy);
    await world.platform.delete(old.copy);
  });

  for (const names of ["first-names", "later-names"] as const) {
    it(`is uninstalled with its ${names} when the OCM object is being deleted already`, async () => {
      await playGoProvider(world, names, tenant);

      await createDeletedOCM();

      await assertNothingIsLeft();
    });
  }

  it("is uninstalled also when the OCM object is deleted in the middle of the takeover", async () => {
    await playGoProvider(world, "first-names", tenant);
    await hold(world.platform, old.release);
    await world.onboarding.create(ocm(tenant, version));
    await awaitPresent(world.platform, old.release, isTerminating, { what: "the old release is put away" });
    await world.onboarding.delete(refs.ocm);
    // Which of the two it is depends on how far Flux has come; what counts is what is left.
    await awaitPresent<ServiceObj>(world.onboarding, refs.ocm, isRemoving, { what: "the removal waits for a release" });

    await letGo(world.platform, old.release);

    await assertNothingIsLeft();
  });
});

function userObject(): Obj {
  return {
    apiVersion: "delivery.ocm.software/v1alpha1",
    kind: "Repository",
    metadata: { name: "mine", namespace: "default" },
    spec: { repositorySpec: { baseUrl: "ghcr.io/mine", type: "OCIRegistry" }, interval: "10m" },
  };
}

function objectOf({ apiVersion, kind, name, namespace }: ObjRef): Obj {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

function isUnmarked({ metadata }: Obj): boolean {
  return metadata.annotations?.["ocm.services.openmcp.cloud/takeover"] === undefined;
}

function isRemoving(object: ServiceObj): boolean {
  return ["TakingOver", "RemovingRelease"].includes(conditionOf(object, "Removed")?.reason ?? "");
}

function isTerminating({ metadata }: Obj): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function ownsContent(fields: unknown): boolean {
  return typeof fields === "object" && fields !== null && Object.keys(fields).some((field) => field !== "f:metadata");
}

/** Which revisions of the Helm release Flux knows, newest first. */
function releaseVersions(release: Obj): readonly unknown[] {
  return listAt(release, "status", "history").map((entry) => valueAt(entry, "version"));
}
