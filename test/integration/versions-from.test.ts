import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { answerDiscovery, discovery, DISCOVERY, failDiscovery, installDiscoveries } from "../support/discovery.ts";
import { install } from "../support/install.ts";
import { CURRENT_GROUP, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ProviderTraffic } from "../support/provider-traffic.ts";
import { wording } from "../support/snapshot.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, POD_NAMESPACE, prepare, startWorld, type Tenant, UNJUDGED, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
const OFFER: ObjRef = { apiVersion: `${CURRENT_GROUP}/v1alpha1`, kind: "OCMOffer", name: "ocm" };
const NAMESPACE = "project-x--ws-y";
const SUBJECT = `Discovery "${DISCOVERY.name}" in namespace "${POD_NAMESPACE}"`;

describe("versions that a Discovery finds", () => {
  let world: World;
  let provider: ProviderProcess;
  let tenant: Tenant;
  let refs: TenantRefs;
  let older: string;
  let newer: string;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure({ pollInterval: "1h" });
    await installDiscoveries(world.platform);
    provider = await world.run();
    [older = "", newer = ""] = world.ground.charts.versions;
    tenant = await install(world, { name: "mcp-01", namespace: NAMESPACE });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function configure(spec: object): Promise<Obj> {
    return world.platform.patchMerge(CONFIG, { spec });
  }

  function ask(version: string): Promise<Obj> {
    return world.onboarding.patchMerge(refs.ocm, { spec: { version } }, UNJUDGED);
  }

  function awaitChart(reason: string): Promise<ServiceObj> {
    return awaitReason(world.onboarding, refs.ocm, "ChartReady", reason);
  }

  async function awaitOffer(...versions: readonly string[]): Promise<readonly unknown[]> {
    const config = await awaitPresent<ServiceObj>(
      world.platform,
      CONFIG,
      (found) => namesIn(found).join(" ") === versions.join(" "),
      { what: `the ProviderConfig lists ${versions.join(" ")}` },
    );
    await awaitPresent(
      world.onboarding,
      OFFER,
      (found) => listAt(found, "spec", "versions").join(" ") === versions.join(" "),
      { what: `tenants read that ${versions.join(" ")} are on offer` },
    );
    return versionsIn(config);
  }

  async function installed(): Promise<readonly unknown[]> {
    const objects = await Promise.all([refs.source, refs.release].map((object) => world.platform.get(object)));
    return objects.map(({ metadata, spec }) => ({ uid: metadata.uid, spec }));
  }

  it("are waited for, while what is installed stays, nothing else is begun, and a deletion goes on", async () => {
    const untouched = await installed();
    const coming = await world.order({ name: "mcp-02", namespace: NAMESPACE });
    await world.platform.create(discovery());

    await configure({ versionsFrom: { name: DISCOVERY.name } });

    const config = await awaitReason(world.platform, CONFIG, "Accepted", "VersionsUnknown");
    const message = `in force, but only spec.versions are on offer yet: the toolkit has not answered ${SUBJECT} yet`;
    assert.equal(wording(config, "Accepted"), `False VersionsUnknown: ${message}`);
    assert.equal(wording(config, "Ready"), `False Reconciling: ${message}`);
    const kept = await awaitChart("SettingsNotInForce");
    assert.ok(isReady(kept));
    await world.onboarding.create(ocm(coming, newer));
    const waiting = await awaitReason(world.onboarding, refsOf(coming).ocm, "ChartReady", "VersionsUnknown");
    assert.equal(conditionOf(waiting, "Ready")?.reason, "Reconciling");
    await world.onboarding.delete(refsOf(coming).ocm);
    await awaitGone(world.onboarding, refsOf(coming).ocm);
    await awaitFullPass(world.onboarding, refs.ocm);
    assert.deepEqual(await installed(), untouched);
  });

  it("are on offer as soon as the toolkit answers, the newest first, and a tenant may ask for each", async () => {
    await answerDiscovery(world.platform, [older, "not a version", { version: "next", chartVersion: newer }]);

    const offer = await awaitOffer(older, "next");

    const { name } = DISCOVERY;
    assert.deepEqual(offer, [
      { version: older, chartVersion: older, discovery: name },
      { version: "next", chartVersion: newer, discovery: name },
    ]);
    const config = await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
    assert.equal(
      wording(config, "Ready"),
      `True ReconcileSuccess: in force; 1 of the versions that Discovery "${name}" has found are no version of a chart`,
    );
    await awaitChart("ChartFetched");
    await ask("next");
    await awaitReady(world.onboarding, tenant, newer);
    assert.deepEqual(valueAt(await world.platform.get(refs.source), "spec", "ref"), { tag: newer });
  });

  it("refuse every other version, until the Discovery finds it", async () => {
    await ask(newer);
    const refused = await awaitChart("VersionNotOffered");
    assert.ok(wording(refused, "ChartReady").endsWith(`is not offered (on offer: ${older}, next)`));

    await answerDiscovery(world.platform, [older, newer]);

    await awaitOffer(newer, older);
    await awaitReady(world.onboarding, tenant, newer);
  });

  it("cost nothing when the Discovery changes and finds the same", async () => {
    const traffic = new ProviderTraffic(world.ground, [world.ground.platform, world.ground.onboarding]);
    await traffic.reset();
    const annotations = { "example.com/note": "1" };
    await world.platform.patchMerge(DISCOVERY, { metadata: { annotations } });
    await answerDiscovery(world.platform, [newer, older]);
    const other = await install(world, { name: "mcp-03", namespace: NAMESPACE });

    const { writes, reads } = await traffic.read();

    const about = [tenant.name, tenant.tenantNamespace];
    assert.deepEqual(
      [...writes, ...reads].filter((request) => about.some((name) => request.includes(name))),
      [],
    );
    await world.onboarding.delete(refsOf(other).ocm);
    await awaitGone(world.onboarding, refsOf(other).ocm);
  });

  it("stay on offer when the Discovery fails, which the operator reads and no tenant does", async () => {
    const untouched = await installed();

    await failDiscovery(world.platform, "ResolutionFailed", "registry.example answers 401");

    const config = await awaitReason(world.platform, CONFIG, "Accepted", "VersionsStale");
    const why = `${SUBJECT} is not Ready: ResolutionFailed: registry.example answers 401`;
    const message = `in force with the versions that were found before: ${why}`;
    assert.equal(wording(config, "Ready"), `False ReconcileError: ${message}`);
    await awaitEvent(world.platform, CONFIG, "VersionsStale", "ResolutionFailed");
    await awaitFullPass(world.onboarding, refs.ocm);
    const found = await world.onboarding.get<ServiceObj>(refs.ocm);
    assert.ok(isReady(found), JSON.stringify(found.status));
    assert.equal(conditionOf(found, "ChartReady")?.reason, "ChartFetched");
    assert.deepEqual(await installed(), untouched);
  });

  it("stay on offer through a restart of the provider while the Discovery is gone", async () => {
    await provider.stop();
    await world.platform.delete(DISCOVERY);
    await awaitGone(world.platform, DISCOVERY);
    provider = await world.run();

    const config = await awaitPresent<ServiceObj>(
      world.platform,
      CONFIG,
      (found) => wording(found, "Accepted").includes("does not exist"),
      { what: "the ProviderConfig says that the Discovery is gone" },
    );
    assert.equal(conditionOf(config, "Accepted")?.reason, "VersionsStale");
    assert.deepEqual(namesIn(config), [newer, older]);
    await ask(older);
    await awaitReady(world.onboarding, tenant, older);
  });

  it("are withdrawn when the Discovery says so, and what runs goes on", async () => {
    await world.platform.create(discovery());
    await answerDiscovery(world.platform, { extracted: null, components: [{ component: { version: newer } }] });

    await awaitOffer(newer);

    const found = await awaitChart("VersionWithdrawn");
    assert.ok(isReady(found));
    assert.equal(found.status?.installedVersion, older);
    await awaitReason(world.platform, CONFIG, "Accepted", "VersionsWithdrawn");
  });

  it("are selected by constraint and expression, and give way to what is written by hand", async () => {
    await answerDiscovery(world.platform, ["0.0.1", older, newer, "99.0.0-rc.1", "99.0.0"]);
    const versionsFrom = { name: DISCOVERY.name, semver: ">=0.4.0-0", filter: String.raw`^\d+\.\d+\.\d+$` };

    await configure({ versionsFrom, versions: [{ version: newer, chartVersion: older }] });

    const [latest, ...others] = await awaitOffer("99.0.0", newer, older);
    assert.deepEqual(latest, { version: "99.0.0", chartVersion: "99.0.0", discovery: DISCOVERY.name });
    assert.ok(others.some((entry) => textAt(entry, "version") === newer && textAt(entry, "chartVersion") === older));
    await ask(newer);
    await awaitReady(world.onboarding, tenant, older);
  });

  it("are told of when they cannot be selected, and the last settings stay in force", async () => {
    await configure({ versionsFrom: { name: DISCOVERY.name, semver: "newest", filter: null } });

    const config = await awaitReason(world.platform, CONFIG, "Accepted", "InvalidProviderConfig");

    assert.ok(wording(config, "Accepted").includes('spec.versionsFrom.semver: "newest" is no semver constraint'));
    assert.deepEqual(namesIn(config), ["99.0.0", newer, older]);
  });

  it("are no limit any more without a Discovery", async () => {
    await configure({ versionsFrom: null, versions: null });

    await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
    await ask(newer);

    await awaitReady(world.onboarding, tenant, newer);
    const config = await awaitPresent<ServiceObj>(world.platform, CONFIG, isReady, { what: "the settings in force" });
    assert.deepEqual(namesIn(config), []);
  });
});

function versionsIn(config: Obj): readonly unknown[] {
  return listAt(config, "status", "versions");
}

function namesIn(config: Obj): readonly string[] {
  return versionsIn(config).map((entry) => textAt(entry, "version"));
}
