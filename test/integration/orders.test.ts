import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { waitUntil } from "../../ground/wait-until.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { LOOKUP_NAME } from "../../src/ocm/names.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { CURRENT_GROUP, kindOf, ocmRef, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ProviderTraffic } from "../support/provider-traffic.ts";
import { recordConditions } from "../support/record-conditions.ts";
import { wording } from "../support/snapshot.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, UNJUDGED, type World } from "../support/world.ts";

describe("versions as the web UI orders them, without a catalogue", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let lookup: ObjRef;
  let version: string;
  let newest: string;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    version = world.ground.charts.versions[0] ?? "";
    newest = world.ground.charts.versions.at(-1) ?? "";
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
    lookup = ref("ociRepository", LOOKUP_NAME, tenant.tenantNamespace);
  });
  after(() => world.stop());

  function ask(wanted: string): Promise<Obj> {
    return world.onboarding.patchMerge(refs.ocm, { spec: { version: wanted } });
  }

  async function assertRefused(message: string): Promise<ServiceObj> {
    const refused = await awaitPresent<ServiceObj>(world.onboarding, refs.ocm, isRefused, { what: message });
    assert.equal(refused.status?.phase, "Progressing");
    assert.equal(wording(refused, "Ready"), `False ReconcileError: ${message}`);
    assert.equal(wording(refused, "ChartReady"), `False VersionNotFound: ${message}`);
    assert.equal(wording(refused, "ReleaseReady"), "False WaitingForChart: waiting for the chart");
    return refused;
  }

  it("refuse a tag that exists only without its v at once, and name the one to write", async () => {
    await world.onboarding.create(ocm(tenant, `v${version}`));
    const recording = await recordConditions(world.onboarding, refs.ocm);

    await assertRefused(`spec.version: "v${version}" is no tag of the chart, but ${version} is: write ${version}`);

    await awaitEvent(world.onboarding, refs.ocm, "VersionNotFound", `write ${version}`);
    await recording.stop();
    assert.deepEqual(
      recording.changesOf("ChartReady").filter((change) => !change.startsWith("False Waiting")),
      ["False ChartFetching", "False VersionNotFound"],
      "Flux's own words come at no time",
    );
    const asked = await world.platform.get(refs.source);
    assert.deepEqual(valueAt(asked, "spec", "ref"), { tag: `v${version}` });
    const found = await world.platform.get(lookup);
    assert.deepEqual(found["spec"], {
      ...(asked["spec"] as object),
      ref: { tag: version },
      interval: textAt(found, "spec", "interval"),
    });
    assert.deepEqual(found.metadata.labels, asked.metadata.labels);
  });

  it("install nothing that nobody has written, and list the lookup nowhere", async () => {
    const refused = await world.onboarding.get<ServiceObj>(refs.ocm);

    assert.equal(refused.status?.installedVersion, undefined);
    const listed = refused.status?.resources?.map(({ name }) => name) ?? [];
    assert.ok(!listed.includes(lookup.name), listed.join(", "));
    const deployments = await tenant.mcp.list({ apiVersion: "apps/v1", kind: "Deployment" });
    assert.deepEqual(
      deployments.filter(({ metadata }) => metadata.namespace === "ocm-k8s-toolkit-system"),
      [],
    );
  });

  it("cost no request once they are refused", async () => {
    const traffic = new ProviderTraffic(world.ground, [world.ground.platform, world.ground.onboarding]);
    await traffic.reset();

    // Wakes the tenant, and says nothing new.
    await world.platform.patchMerge(refs.source, { metadata: { annotations: { "example.com/woken": "1" } } });
    const other = await world.order({ name: "mcp-02", namespace: tenant.namespace });
    await world.onboarding.create(ocm(other, version));
    await awaitReady(world.onboarding, other, version);

    const { writes, reads } = await traffic.read();
    const about = [tenant.name, tenant.tenantNamespace];
    assert.deepEqual(
      [...writes, ...reads].filter((request) => about.some((name) => request.includes(name))),
      [],
    );
  });

  it("refuse latest where no tag has that name, and name the newest version", async () => {
    // Neither a pre-release nor a tag without three numbers is the newest version.
    await Promise.all(["99.0.0-rc.1", "98.0", "97"].map((tag) => world.ground.tagChart(version, tag)));

    await ask("latest");

    await assertRefused(`spec.version: "latest" is no tag of the chart: write a version, the newest is ${newest}`);
    assert.deepEqual(valueAt(await world.platform.get(lookup), "spec", "ref"), { semver: ">=0.0.0" });
  });

  it("are installed as soon as they are written right, and the lookup goes", async () => {
    await ask(version);

    const installed = await awaitReady(world.onboarding, tenant, version);
    assert.equal(installed.status?.phase, "Ready");
    await awaitGone(world.platform, lookup);
  });

  it("leave what is installed alone when a wrong one follows", async () => {
    const release = await world.platform.get(refs.release);

    await ask(`v${newest}`);

    const refused = await assertRefused(
      `spec.version: "v${newest}" is no tag of the chart, but ${newest} is: write ${newest}`,
    );
    assert.equal(refused.status?.installedVersion, version);
    assert.equal((await world.platform.get(refs.release)).metadata.generation, release.metadata.generation);
  });

  it("are reported with Flux's words when neither tag exists", async () => {
    await ask("v9.9.9");

    const failed = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    const message = conditionOf(failed, "ChartReady")?.message ?? "";
    assert.match(message, /^OCIArtifactPullFailed: .*v9\.9\.9.*MANIFEST_UNKNOWN/u);
    assert.match(message, /; 9\.9\.9 cannot be fetched either$/u);
  });

  it("name no tag as wrong that cannot be pulled for another reason", async () => {
    await world.ground.tagChart(version, `v${version}`);
    await ask(`v${version}`);
    await awaitReady(world.onboarding, tenant, version);
    await awaitGone(world.platform, lookup);
    await ask(version);
    await awaitReady(world.onboarding, tenant, version);
    await world.ground.crashRegistry();
    const recording = await recordConditions(world.onboarding, refs.ocm);
    await ask(`v${version}`);
    const failed = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    assert.match(wording(failed, "ChartReady"), /connection refused.*; \S+ cannot be fetched either$/u);

    await world.ground.reviveRegistry();

    await awaitReady(world.onboarding, tenant, version);
    await awaitGone(world.platform, lookup);
    await recording.stop();
    assert.ok(!recording.changesOf("ChartReady").includes("False VersionNotFound"));
  });

  it("are taken word for word where a tag has that name", async () => {
    await world.ground.tagChart(version, "latest");

    await ask("latest");

    await awaitPresent(world.platform, refs.source, (source) => textAt(source, "spec", "ref", "tag") === "latest", {
      what: "the OCIRepository asks for latest",
    });
    const installed = await awaitReady(world.onboarding, tenant, version);
    assert.equal(conditionOf(installed, "Ready")?.message, "version latest is installed");
    assert.equal(await world.platform.find(lookup), undefined);
  });

  it("leave an object of somebody else alone that has the lookup's name, and give Flux's words", async () => {
    const other = await world.order({ name: "mcp-03", namespace: tenant.namespace });
    const { metadata, apiVersion, kind, ...source } = await world.platform.get(refs.source);
    const foreign = await world.platform.create({
      apiVersion,
      kind,
      metadata: { name: LOOKUP_NAME, namespace: other.tenantNamespace, labels: { of: metadata.name } },
      spec: { ...(source["spec"] as object), suspend: true },
    });
    const theirs = refsOf(other).ocm;

    await world.onboarding.create(ocm(other, `v${newest}`));

    const failed = await awaitReason(world.onboarding, theirs, "ChartReady", "ChartFetchFailed");
    assert.match(wording(failed, "ChartReady"), /MANIFEST_UNKNOWN[^;]*(?:; unknown tag=[^;]*)?$/u);
    await world.onboarding.delete(theirs);
    await awaitGone(world.onboarding, theirs);
    const left = await world.platform.get({ ...lookup, namespace: other.tenantNamespace });
    assert.equal(left.metadata.uid, foreign.metadata.uid);
    assert.equal(left.metadata.generation, 1);
  });

  it("are deleted with everything that was made to look for them", async () => {
    await ask("v9.9.9");
    await awaitPresent(world.platform, lookup, () => true, { what: "the lookup is there" });

    await world.onboarding.delete(refs.ocm);

    await awaitGone(world.onboarding, refs.ocm);
    for (const object of [lookup, refs.source, refs.copy, refs.release]) {
      assert.equal(await world.platform.find(object), undefined, object.name);
    }
  });
});

function isRefused(found: ServiceObj): boolean {
  const chart = conditionOf(found, "ChartReady");
  return chart?.reason === "VersionNotFound" && chart.observedGeneration === found.metadata.generation;
}

describe("versions as the web UI orders them, with a catalogue", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let version: string;
  let newer: string;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    [version = "", newer = ""] = world.ground.charts.versions;
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function ask(wanted: string): Promise<Obj> {
    return world.onboarding.patchMerge(refs.ocm, { spec: { version: wanted } });
  }

  function offer(...versions: readonly object[]): Promise<Obj> {
    return world.platform.patchMerge(ref("providerConfig", "ocm"), { spec: { versions } });
  }

  /** Everything that would differ after an upgrade or a restart. */
  async function whatRuns(): Promise<unknown> {
    const flux = await Promise.all([refs.source, refs.release].map((object) => world.platform.get(object)));
    const [deployment] = await tenant.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
    return {
      flux: flux.map(({ metadata, ...object }) => ({ uid: metadata.uid, spec: object["spec"] })),
      history: valueAt(flux[1], "status", "history"),
      deployment: { uid: deployment?.metadata.uid, generation: deployment?.metadata.generation },
    };
  }

  async function awaitOutcome(wanted: string): Promise<ServiceObj> {
    const said = `True ReconcileSuccess: version ${wanted} is installed`;
    const isMet = (found: ServiceObj): boolean => isReady(found) && wording(found, "Ready") === said;
    const found = await awaitPresent<ServiceObj>(world.onboarding, refs.ocm, isMet, { what: said });
    assert.equal(found.status?.phase, "Ready");
    assert.equal(found.status.installedVersion, version);
    return found;
  }

  it("are found without their v, step by step", async () => {
    await offer({ version }, { version: newer });
    await awaitReason(world.platform, ref("providerConfig", "ocm"), "Accepted", "Valid");
    await world.onboarding.create(ocm(tenant, `v${version}`));
    const recording = await recordConditions(world.onboarding, refs.ocm);

    const found = await awaitOutcome(`v${version}`);

    await recording.stop();
    assert.equal(wording(found, "ChartReady"), `True ChartFetched: chart v${version} is fetched`);
    assert.equal(wording(found, "ReleaseReady"), `True ReleaseInstalled: version v${version} is installed`);
    const ready = recording.changesOf("Ready");
    assert.deepEqual(ready.slice(-2), ["False Reconciling", "True ReconcileSuccess"]);
    assert.ok(!ready.includes("False ReconcileError"), "no step fails");
    assert.deepEqual(recording.changesOf("ChartReady").slice(-2), ["False ChartFetching", "True ChartFetched"]);
    const source = await world.platform.get(refs.source);
    assert.deepEqual(valueAt(source, "spec", "ref"), { tag: version });
  });

  it("are the same version in either spelling: no upgrade, no restart", async () => {
    const untouched = await whatRuns();

    await ask(version);
    await awaitOutcome(version);
    await ask(`v${version}`);
    await awaitOutcome(`v${version}`);

    assert.deepEqual(await whatRuns(), untouched);
  });

  it("are the same version for OCM objects of both API groups", async () => {
    const untouched = await whatRuns();
    const twin = { name: tenant.name, namespace: tenant.namespace, group: CURRENT_GROUP };

    await world.onboarding.create(ocm(twin, version));

    await awaitReady(world.onboarding, twin, version);
    const follower = await awaitReason(world.onboarding, refs.ocm, "Follows", "LedByOtherGroup");
    await awaitReady(world.onboarding, tenant, version);
    assert.equal(conditionOf(follower, "Follows")?.status, "True");
    await world.onboarding.delete(ocmRef(twin));
    await awaitGone(world.onboarding, ocmRef(twin));
    // The access of the HelmRelease has moved to the other group's, and moves back once that is granted again.
    await waitUntil(async () => isDeepStrictEqual(await whatRuns(), untouched), {
      what: "all is as it was",
      withinMs: 60_000,
    });
    await awaitOutcome(`v${version}`);
  });

  it("are recognized without their v when they are withdrawn, and stay as they are", async () => {
    const untouched = await whatRuns();
    await offer({ version: newer });
    const withdrawn = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "VersionWithdrawn");
    const said = (spelling: string): string =>
      `True VersionWithdrawn: version "${spelling}" is not offered any more and stays as it is (on offer: ${newer})`;
    assert.equal(wording(withdrawn, "ChartReady"), said(`v${version}`));

    assert.equal(withdrawn.status?.phase, "Ready");
    assert.deepEqual(await whatRuns(), untouched);
    await offer({ version }, { version: newer });
    await awaitOutcome(`v${version}`);
  });

  it("are refused by what is on offer when nothing has that name, latest too, and nothing is looked for", async () => {
    // Ordered while every version was on offer. A server goes on refusing for a moment after that, so it is not asked.
    await offer();
    const others = await Promise.all(
      ["mcp-02", "mcp-03"].map((name) => world.order({ name, namespace: tenant.namespace })),
    );
    const wanted = ["latest", "v9.9.9"];
    await Promise.all(others.map((other, index) => world.onboarding.create(ocm(other, wanted[index] ?? ""), UNJUDGED)));
    await Promise.all(
      others.map((other) =>
        awaitPresent<ServiceObj>(
          world.onboarding,
          ocmRef(other),
          (found) => ["VersionNotFound", "ChartFetchFailed"].includes(conditionOf(found, "ChartReady")?.reason ?? ""),
          { what: "Flux has failed" },
        ),
      ),
    );

    await offer({ version }, { version: newer });

    for (const [index, other] of others.entries()) {
      const refused = await awaitReason(world.onboarding, ocmRef(other), "ChartReady", "VersionNotOffered");
      const message = `spec.version: "${wanted[index]}" is not offered (on offer: ${version}, ${newer})`;
      assert.equal(wording(refused, "Ready"), `False ReconcileError: ${message}`);
      assert.equal(refused.status?.phase, "Progressing");
      assert.equal(refused.status.installedVersion, undefined);
      await awaitEvent(world.onboarding, ocmRef(other), "VersionNotOffered", "on offer");
      await awaitGone(world.platform, ref("ociRepository", LOOKUP_NAME, other.tenantNamespace));
    }
  });

  it("are found as latest once something on offer has that name", async () => {
    const other = { name: "mcp-02", namespace: tenant.namespace };

    await offer({ version }, { version: "latest", chartVersion: newer });

    const found = await awaitReady(world.onboarding, other, newer);
    assert.equal(conditionOf(found, "Ready")?.message, "version latest is installed");
  });
});
