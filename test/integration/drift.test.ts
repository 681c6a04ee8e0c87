import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

const VALUES = { manager: { concurrency: { resource: 7 } } };
/** Longer than any test: what is put right is put right because of an event. */
const POLL_INTERVAL = "1h";

describe("what others change on the platform", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let version: string;
  let newerVersion: string;
  before(async () => {
    world = await startRunningWorld({ pollInterval: POLL_INTERVAL, values: VALUES });
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function change(object: ObjRef, patch: object): Promise<Obj> {
    return world.platform.patchMerge(object, patch, { fieldManager: "kubectl-edit" });
  }

  /** Changes one field and waits until it has its value again, in a newer version of the object. */
  async function assertReverted(object: ObjRef, patch: object, path: readonly string[]): Promise<void> {
    const original = await world.platform.get(object);
    const changed = await change(object, patch);
    assert.notDeepEqual(valueAt(changed, ...path), valueAt(original, ...path));

    await awaitPresent(
      world.platform,
      object,
      (found) => isDeepStrictEqual(valueAt(found, ...path), valueAt(original, ...path)),
      { what: `${path.join(".")} of ${object.kind} is as it was` },
    );
  }

  async function assertCreatedAgain(object: ObjRef): Promise<void> {
    const original = await world.platform.get(object);
    await world.platform.delete(object);

    await awaitPresent(world.platform, object, ({ metadata }) => metadata.uid !== original.metadata.uid, {
      what: `${object.kind} is created again`,
      withinMs: 60_000,
    });
    await awaitReady(world.onboarding, tenant);
  }

  const cases: readonly (readonly [kind: keyof TenantRefs, patch: object, path: readonly string[]])[] = [
    ["release", { spec: { values: { manager: { concurrency: { resource: 1 } } } } }, ["spec", "values"]],
    ["release", { spec: { values: null } }, ["spec", "values"]],
    ["release", { spec: { kubeConfig: { secretRef: { name: "other" } } } }, ["spec", "kubeConfig"]],
    ["release", { spec: { targetNamespace: null } }, ["spec", "targetNamespace"]],
    ["release", { metadata: { labels: { "openmcp.cloud/onboarding-name": "x" } } }, ["metadata", "labels"]],
    ["source", { spec: { ref: { tag: "0.0.1" } } }, ["spec", "ref"]],
    ["source", { spec: { url: "oci://registry.example.com/other" } }, ["spec", "url"]],
    ["source", { spec: { secretRef: null } }, ["spec", "secretRef"]],
    ["source", { spec: { secretRef: { name: "other" } } }, ["spec", "secretRef"]],
    ["source", { metadata: { labels: null } }, ["metadata", "labels"]],
    ["copy", { data: { ".dockerconfigjson": Buffer.from('{"auths":{}}').toString("base64") } }, ["data"]],
    ["copy", { metadata: { labels: { "openmcp.cloud/managed-by": "somebody" } } }, ["metadata", "labels"]],
    ["copy", { metadata: { labels: null } }, ["metadata", "labels"]],
    ["accessRequest", { metadata: { labels: { "openmcp.cloud/managed-by": null } } }, ["metadata", "labels"]],
    ["accessRequest", { spec: { token: { roleRefs: [{ kind: "ClusterRole", name: "view" }] } } }, ["spec", "token"]],
  ];
  for (const [kind, patch, path] of cases) {
    it(`reverts ${JSON.stringify(patch)} on the ${kind}`, async () => {
      await assertReverted(refs[kind], patch, path);
    });
  }

  it("is Ready again after all that", async () => {
    await awaitReady(world.onboarding, tenant, version);
  });

  for (const kind of ["copy", "source", "release"] as const) {
    it(`creates the ${kind} again when somebody deletes it`, async () => {
      await assertCreatedAgain(refs[kind]);
    });
  }

  it("leaves labels, annotations and fields of others alone, also when it writes the same objects", async () => {
    const theirs = { metadata: { labels: { team: "a" }, annotations: { note: "b" } } };
    await change(refs.source, theirs);
    await change(refs.release, { ...theirs, spec: { maxHistory: 3, values: { manager: { replicas: 1 } } } });
    await change(refs.copy, theirs);

    await setConcurrency(8);
    const release = await awaitPresent(world.platform, refs.release, hasConcurrency(8), { what: "the new values" });
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: newerVersion } });
    await awaitReady(world.onboarding, tenant, newerVersion);

    for (const kind of ["source", "release", "copy"] as const) {
      const { metadata } = await world.platform.get(refs[kind]);
      assert.equal(metadata.labels?.["team"], "a", kind);
      assert.equal(metadata.annotations?.["note"], "b", kind);
    }
    assert.equal(valueAt(release, "spec", "maxHistory"), 3);
    assert.equal(valueAt(release, "spec", "values", "manager", "replicas"), 1);
  });

  it("reports a suspended HelmRelease, keeps it suspended through changes, and is Ready when it is resumed", async () => {
    await change(refs.release, { spec: { suspend: true } });
    const reported = await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "ReleaseSuspended");
    assert.equal(reported.status?.phase, "Progressing");
    assert.equal(conditionOf(reported, "Ready")?.message, "the HelmRelease is suspended by the platform operator");

    await setConcurrency(9);
    const changed = await awaitPresent(world.platform, refs.release, hasConcurrency(9), { what: "the new values" });
    await world.onboarding.patchMerge(refs.ocm, { spec: { version } });
    await awaitPresent(world.platform, refs.source, hasTag(version), { what: "the OCIRepository has the version" });

    assert.equal(valueAt(changed, "spec", "suspend"), true);
    assert.equal(valueAt(await world.platform.get(refs.release), "spec", "suspend"), true);
    await change(refs.release, { spec: { suspend: null } });
    await awaitReady(world.onboarding, tenant, version);
  });

  it("reports a suspended OCIRepository, keeps it suspended through changes, and is Ready when it is resumed", async () => {
    await change(refs.source, { spec: { suspend: true } });
    const reported = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartSuspended");
    assert.equal(reported.status?.phase, "Progressing");

    await world.onboarding.patchMerge(refs.ocm, { spec: { version: newerVersion } });
    const changed = await awaitPresent(world.platform, refs.source, hasTag(newerVersion), { what: "the new version" });

    assert.equal(valueAt(changed, "spec", "suspend"), true);
    await change(refs.source, { spec: { suspend: null } });
    await awaitReady(world.onboarding, tenant, newerVersion);
  });

  function setConcurrency(resource: number): Promise<Obj> {
    return world.platform.patchMerge(ref("providerConfig", "ocm"), { spec: { values: valuesWith(resource) } });
  }
});

function valuesWith(resource: number): object {
  return { manager: { concurrency: { resource } } };
}

function hasConcurrency(resource: number): (release: Obj) => boolean {
  return (release) => valueAt(release, "spec", "values", "manager", "concurrency", "resource") === resource;
}

function hasTag(tag: string): (source: Obj) => boolean {
  return (source) => textAt(source, "spec", "ref", "tag") === tag;
}
