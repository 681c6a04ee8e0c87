import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { ProviderTraffic } from "../support/provider-traffic.ts";
import { wording } from "../support/snapshot.ts";
import { copyRef, refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { PULL_SECRET, pullSecret, startRunningWorld, type Tenant, UNJUDGED, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
const OTHER_SECRET = "other-registry";

describe("versions on offer", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  let other: Tenant;
  let version: string;
  let newerVersion: string;
  before(async () => {
    const values = { manager: { concurrency: { resource: 3 } } };
    world = await startRunningWorld({ pollInterval: "1h", values });
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function ask(wanted: string): Promise<Obj> {
    return world.onboarding.patchMerge(refs.ocm, { spec: { version: wanted } }, UNJUDGED);
  }

  function offer(...versions: readonly object[]): Promise<Obj> {
    return world.platform.patchMerge(CONFIG, { spec: { versions } });
  }

  function awaitChart(reason: string): Promise<ServiceObj> {
    return awaitReason(world.onboarding, refs.ocm, "ChartReady", reason);
  }

  function both(): Promise<readonly Obj[]> {
    return Promise.all([refs.source, refs.release].map((object) => world.platform.get(object)));
  }

  async function assertUntouched(expected: readonly Obj[]): Promise<void> {
    await awaitFullPass(world.onboarding, refs.ocm);
    assert.deepEqual(
      (await both()).map(({ metadata, spec }) => ({ uid: metadata.uid, spec })),
      expected.map(({ metadata, spec }) => ({ uid: metadata.uid, spec })),
    );
  }

  it("change nothing for a tenant whose version is among them", async () => {
    const untouched = await both();

    await offer({ version }, { version: "next", chartVersion: newerVersion });

    await assertUntouched(untouched);
    const found = await awaitReady(world.onboarding, tenant, version);
    assert.equal(conditionOf(found, "ChartReady")?.reason, "ChartFetched");
    await awaitTenants(world.platform, { total: 1, ready: 1, failing: 0 });
  });

  it("refuse any other version with a list of what is on offer, and leave alone what is installed", async () => {
    const untouched = await both();

    await ask("9.9.9");

    const refused = await awaitChart("VersionNotOffered");
    const message = `spec.version: "9.9.9" is not offered (on offer: ${version}, next)`;
    assert.equal(wording(refused, "ChartReady"), `False VersionNotOffered: ${message}`);
    assert.equal(wording(refused, "Ready"), `False ReconcileError: ${message}`);
    assert.equal(refused.status?.installedVersion, version);
    await awaitEvent(world.onboarding, refs.ocm, "VersionNotOffered", "on offer");
    await assertUntouched(untouched);
    await awaitTenants(world.platform, { total: 1, ready: 0, failing: 1 });
  });

  it("do not try a refused version again while other things happen", async () => {
    const traffic = new ProviderTraffic(world.ground, [world.ground.platform, world.ground.onboarding]);
    await traffic.reset();

    other = await install(world, { name: "mcp-02", namespace: tenant.namespace });

    const { writes, reads } = await traffic.read();
    const about = [tenant.name, tenant.tenantNamespace];
    assert.deepEqual(
      [...writes, ...reads].filter((request) => about.some((name) => request.includes(name))),
      [],
    );
  });

  it("let a refusal go when the tenant asks for one of them", async () => {
    await ask("next");

    const found = await awaitReady(world.onboarding, tenant, newerVersion);

    assert.equal(conditionOf(found, "Ready")?.message, "version next is installed");
    const source = await world.platform.get(refs.source);
    assert.deepEqual(valueAt(source, "spec", "ref"), { tag: newerVersion });
    assert.equal(valueAt(source, "spec", "url"), world.ground.charts.chartURL);
  });

  it("let a refusal go when the operator adds the version, which may have a secret and values of its own", async () => {
    await world.platform.create(pullSecret(world.ground.charts.dockerConfigJson, OTHER_SECRET));
    await ask("stable");
    await awaitChart("VersionNotOffered");

    const values = { manager: { env: [{ name: "A", value: "1" }] } };
    await offer({ version }, { version: "stable", chartVersion: version, chartPullSecret: OTHER_SECRET, values });

    await awaitReady(world.onboarding, tenant, version);
    await awaitPresent(
      world.platform,
      refs.release,
      (release) => valueAt(release, "spec", "values", "manager", "env") !== undefined,
      { what: "the values of the entry" },
    );
    const [source, release] = await both();
    assert.ok(source && release);
    assert.equal(textAt(source, "spec", "secretRef", "name"), `sp-ocm-${OTHER_SECRET}`);
    assert.deepEqual(valueAt(release, "spec", "values"), {
      manager: { concurrency: { resource: 3 }, ...values.manager },
    });
    await world.platform.get(copyRef(tenant.tenantNamespace, OTHER_SECRET));
    await awaitGone(world.platform, copyRef(tenant.tenantNamespace, PULL_SECRET));
  });

  it("take one back without harm to what runs, and say so on both sides", async () => {
    await awaitReady(world.onboarding, tenant, version);
    const untouched = await both();

    await offer({ version });

    const found = await awaitChart("VersionWithdrawn");
    const message = `version "stable" is not offered any more and stays as it is (on offer: ${version})`;
    assert.equal(wording(found, "ChartReady"), `True VersionWithdrawn: ${message}`);
    assert.equal(wording(found, "Ready"), `True ReconcileSuccess: ${message}`);
    assert.equal(found.status?.installedVersion, version);
    const config = await awaitReason(world.platform, CONFIG, "Accepted", "VersionsWithdrawn");
    assert.equal(
      wording(config, "Ready"),
      "True ReconcileSuccess: in force; still installed though not offered any more: stable (1)",
    );

    await world.platform.patchMerge(CONFIG, { spec: { values: { manager: { concurrency: { resource: 5 } } } } });
    await awaitPresent(
      world.platform,
      refsOf(other).release,
      (release) => valueAt(release, "spec", "values", "manager", "concurrency", "resource") === 5,
      { what: "the other tenant has the new values" },
    );
    await assertUntouched(untouched);
  });

  it("know what runs again after a detour to a version that never was among them", async () => {
    const untouched = await both();
    await ask("9.9.9");
    await awaitChart("VersionNotOffered");

    await ask("stable");

    await awaitChart("VersionWithdrawn");
    await awaitPresent<ServiceObj>(world.onboarding, refs.ocm, isReady, { what: "Ready again" });
    await assertUntouched(untouched);
  });

  it("serve a version again that comes back, pinned by its digest", async () => {
    const revision = textAt(await world.platform.get(refs.source), "status", "artifact", "revision");
    const digest = revision.slice(revision.indexOf("@") + 1);

    await offer({ version }, { version: "stable", chartVersion: `${version}@${digest}` });

    await awaitChart("ChartFetched");
    await awaitReady(world.onboarding, tenant, version);
    assert.deepEqual(valueAt(await world.platform.get(refs.source), "spec", "ref"), { digest });
    await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
    await awaitGone(world.platform, copyRef(tenant.tenantNamespace, OTHER_SECRET));
  });

  it("are all there are when the list is empty", async () => {
    await offer();
    await ask(newerVersion);

    await awaitReady(world.onboarding, tenant, newerVersion);

    const { metadata } = await world.platform.get(refs.source);
    assert.equal(metadata.annotations?.["ocm.services.openmcp.cloud/version"], undefined);
    await awaitReady(world.onboarding, other, version);
    await awaitTenants(world.platform, { total: 2, ready: 2, failing: 0 });
  });
});
