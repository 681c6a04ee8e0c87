import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { readSource } from "../../src/flux/readiness.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitObject, awaitPresent } from "../support/await-object.ts";
import { loosenSchema, writeWhenTaken } from "../support/lax-schema.ts";
import { ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { wording } from "../support/snapshot.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { ocm, providerConfig, PULL_SECRET, pullSecret, startWorld, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");

describe("ProviderConfig", () => {
  let world: World;
  let provider: ProviderProcess;
  let tenants: readonly TenantRefs[];
  let good: Readonly<Record<string, unknown>>;
  before(async () => {
    world = await startWorld();
    assert.equal(await world.init(), 0);
    provider = await world.run();
    const { chartURL, dockerConfigJson } = world.ground.charts;
    good = { chartURL, imagePullSecret: { name: PULL_SECRET } };
    await world.platform.create(pullSecret(dockerConfigJson));
    tenants = await Promise.all(["mcp-01", "mcp-02"].map((name) => createTenant(name)));
  });
  after(() => world.stop());

  async function createTenant(name: string): Promise<TenantRefs> {
    const tenant = await world.order({ name, namespace: "project-x--ws-y" });
    await world.onboarding.create(ocm(tenant, world.ground.charts.versions[0] ?? ""));
    return refsOf(tenant);
  }

  async function allReady(): Promise<void> {
    await Promise.all(
      tenants.map((refs) => awaitReady(world.onboarding, { name: refs.ocm.name, namespace: "project-x--ws-y" })),
    );
  }

  /** What somebody wants of objects, in the versions in which that is stored. */
  function stateOf(objects: readonly ObjRef[]): Promise<readonly unknown[]> {
    return Promise.all(
      objects.map(async (object) => {
        const { metadata } = await world.platform.get(object);
        return [metadata.uid, metadata.generation, metadata.annotations];
      }),
    );
  }

  function change(spec: object): Promise<Obj> {
    return world.platform.patchMerge(CONFIG, { spec });
  }

  /** Waits until an object of every tenant is as `isMet` wants it. */
  async function everywhere(
    kind: "source" | "release",
    isMet: (object: Obj) => boolean,
    what: string,
  ): Promise<readonly Obj[]> {
    return Promise.all(tenants.map((refs) => awaitPresent(world.platform, refs[kind], isMet, { what })));
  }

  it("is quietly waited for while it is missing, whatever else is called", async () => {
    const { apiVersion, kind, spec } = providerConfig(good);
    await world.platform.create({ apiVersion, kind, metadata: { name: "somebody-else" }, spec });
    const message = 'waiting for the platform operator to create ProviderConfig "ocm"';

    for (const refs of tenants) {
      const waiting = await awaitPresent<ServiceObj>(
        world.onboarding,
        refs.ocm,
        (found) => conditionOf(found, "ChartReady")?.reason === "ProviderConfigNotFound",
        { what: "it is said what is missing" },
      );
      assert.equal(wording(waiting, "AccessReady"), `False AccessPending: ${message}`);
      assert.equal(wording(waiting, "ChartReady"), `False ProviderConfigNotFound: ${message}`);
      assert.equal(wording(waiting, "Ready"), `False Reconciling: ${message}`);
      assert.equal(waiting.status?.phase, "Progressing");
      assert.equal(await world.platform.find(refs.source), undefined);
    }
    assert.equal((await world.platform.get<ServiceObj>(ref("providerConfig", "somebody-else"))).status, undefined);
  });

  it("takes effect on every tenant when it comes late", async () => {
    await world.platform.create(providerConfig(good));

    await allReady();

    const config = await awaitPresent<ServiceObj>(world.platform, CONFIG, isReady, { what: "it is in force" });
    assert.equal(wording(config, "Accepted"), "True Valid: in force");
  });

  it("says with pollInterval how often Flux looks, 1m unless told otherwise", async () => {
    const atFirst = await world.platform.get(tenants[0]?.source ?? CONFIG);
    assert.equal(valueAt(atFirst, "spec", "interval"), "1m0s");

    await change({ pollInterval: "1h0.5m" });

    await everywhere("source", hasInterval("1h0m30s"), "the interval of the OCIRepository");
    await everywhere("release", hasInterval("1h0m30s"), "the interval of the HelmRelease");
    // Were the release changed before its chart is ready again, Flux would let it wait for half a minute.
    for (const refs of tenants) {
      assert.deepEqual(readSource(await world.platform.get(refs.source)), { state: "ready" });
    }
    await allReady();
  });

  it("passes values on as they are, and takes back what is removed from them", async () => {
    const values = { manager: { concurrency: { resource: 3 }, env: [{ name: "A", value: "1" }], nodeSelector: {} } };

    await change({ values });
    const releases = await everywhere(
      "release",
      (release) => valueAt(release, "spec", "values", "manager", "env") !== undefined,
      "the values",
    );
    assert.deepEqual(
      releases.map((release) => valueAt(release, "spec", "values")),
      tenants.map(() => values),
    );

    await change({ values: { manager: { concurrency: null } } });
    await everywhere(
      "release",
      (release) => valueAt(release, "spec", "values", "manager", "concurrency") === undefined,
      "the value is taken back",
    );
    await change({ values: null });
    await everywhere("release", (release) => valueAt(release, "spec", "values") === undefined, "no values");
    await allReady();
  });

  it("takes chartURL with and without oci://", async () => {
    const { chartURL } = world.ground.charts;
    const bare = chartURL.replace("oci://", "");

    const { metadata } = await change({ chartURL: bare, pollInterval: "2h" });

    const sources = await everywhere("source", hasInterval("2h0m0s"), "the new interval");
    for (const source of sources) {
      assert.equal(valueAt(source, "spec", "url"), chartURL);
    }
    const accepted = await awaitPresent<ServiceObj>(
      world.platform,
      CONFIG,
      ({ status }) => status?.observedGeneration === metadata.generation,
      { what: "the change is observed" },
    );
    assert.ok(isReady(accepted));
    await allReady();
  });

  it("fetches from another chartURL when it changes, for every tenant", async () => {
    const elsewhere = world.ground.charts.chartURL.replace(/[^/]+$/, "elsewhere");

    await change({ chartURL: elsewhere });
    await everywhere("source", (source) => valueAt(source, "spec", "url") === elsewhere, "the new URL");
    for (const refs of tenants) {
      await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetchFailed");
    }

    await change({ chartURL: world.ground.charts.chartURL });
    await allReady();
  });

  it("removes reference and copy when imagePullSecret is removed, and brings them back", async () => {
    await change({ imagePullSecret: null });
    await everywhere("source", (source) => valueAt(source, "spec", "secretRef") === undefined, "no secretRef");
    for (const refs of tenants) {
      await awaitGone(world.platform, refs.copy);
    }

    await change({ imagePullSecret: { name: PULL_SECRET } });
    await everywhere("source", (source) => textAt(source, "spec", "secretRef", "name") !== "", "the secretRef");
    await allReady();
    for (const refs of tenants) {
      await world.platform.get(refs.copy);
    }
  });

  it("stays in force as it was when one comes past the schema that is not valid, and says so", async () => {
    const [refs] = tenants;
    assert.ok(refs);
    await loosenSchema(world.platform, "providerconfigs.ocm.services.openmcp.cloud");
    const mistakes: readonly (readonly [field: string, spec: object])[] = [
      ["spec.pollInterval", { pollInterval: "soon" }],
      ["spec.pollInterval", { pollInterval: "721h" }],
      ["spec.chartURL", { chartURL: "https://example.com/chart:1" }],
      ["spec.imagePullSecret", { imagePullSecret: "chart-registry" }],
    ];
    for (const [field, spec] of mistakes) {
      await writeWhenTaken(() => change(spec));
      const bad = await awaitPresent<ServiceObj>(
        world.platform,
        CONFIG,
        (found) => conditionOf(found, "Ready")?.message.startsWith(`not in force: ${field}`) === true,
        { what: `the status names ${field}` },
      );
      assert.match(wording(bad, "Accepted"), /^False InvalidProviderConfig: not in force/);
      assert.equal(bad.status?.phase, "Progressing");
      await awaitEvent(world.platform, CONFIG, "InvalidProviderConfig", field);
    }
    const { metadata } = await world.platform.get(refs.source);
    await world.platform.delete(refs.source);
    const isBack = (source: Obj): boolean => source.metadata.uid !== metadata.uid && hasInterval("2h0m0s")(source);
    await awaitPresent(world.platform, refs.source, isBack, {
      what: "the OCIRepository comes back with the settings in force",
    });
    await allReady();
  });

  it("that is not valid when the provider starts leaves what is installed alone, and lets nothing new begin", async () => {
    const [refs] = tenants;
    assert.ok(refs);
    const installed = await Promise.all(tenants.map(({ source, release }) => stateOf([source, release])));
    const { metadata } = await world.platform.get(CONFIG);
    await provider.stop();
    await change({ ...good, pollInterval: "2h", chartURL: "https://example.com/chart:2" });
    await world.run();

    for (const { ocm: object } of tenants) {
      const kept = await awaitReason(world.onboarding, object, "ChartReady", "SettingsNotInForce");
      assert.ok(isReady(kept));
      assert.match(
        wording(kept, "ChartReady"),
        /stays as it is while ProviderConfig "ocm" is not valid: spec\.chartURL: "https:\/\/example\.com\/chart:2" is not/,
      );
    }
    await awaitPresent<ServiceObj>(
      world.platform,
      CONFIG,
      ({ status }) => status?.observedGeneration === (metadata.generation ?? 0) + 1,
      { what: "the ProviderConfig says of itself that it is not in force" },
    );
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: world.ground.charts.versions[1] } });
    const waiting = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "InvalidProviderConfig");
    assert.equal(waiting.status?.installedVersion, world.ground.charts.versions[0]);
    assert.deepEqual(
      await Promise.all(tenants.map(({ source, release }) => stateOf([source, release]))),
      installed,
      "nothing is written",
    );
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: world.ground.charts.versions[0] } });
    await allReady();
  });

  it("is reported by what an older schema has let in, when the present one is in force", async () => {
    await change({ ...good, pollInterval: "2562047h47m16.854775807s" });
    assert.equal(await world.init(), 0);
    const { metadata } = await change({ values: {} });

    const reported = await awaitPresent<ServiceObj>(
      world.platform,
      CONFIG,
      ({ status }) => status?.observedGeneration === metadata.generation,
      { what: "the change is observed" },
    );
    assert.match(wording(reported, "Accepted"), /^False InvalidProviderConfig: not in force: spec\.pollInterval/);
    await everywhere("release", hasInterval("2h0m0s"), "the settings in force stay");
  });

  it("takes effect again when it is corrected", async () => {
    assert.equal(await world.init(), 0);
    await change({ ...good, pollInterval: "3h" });
    await everywhere("release", hasInterval("3h0m0s"), "the corrected settings");
    await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
    await allReady();
  });

  it("leaves what is installed in place when it is deleted, and is waited for again", async () => {
    await world.platform.delete(CONFIG);

    for (const refs of tenants) {
      const waiting = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ProviderConfigNotFound");
      assert.equal(waiting.status?.installedVersion, world.ground.charts.versions[0]);
      await awaitObject(world.platform, refs.release, (release) => release?.metadata.deletionTimestamp === undefined, {
        what: "the HelmRelease stays",
      });
    }
    await world.platform.create(providerConfig(good));
    await allReady();
  });
});

function hasInterval(interval: string): (object: Obj) => boolean {
  return (object) => valueAt(object, "spec", "interval") === interval;
}
