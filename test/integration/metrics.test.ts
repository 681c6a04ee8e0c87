import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { after, before, describe, it } from "node:test";

import { freePort } from "../../ground/free-ports.ts";
import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { awaitGone } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { configRef, EARLIER_GROUP } from "../support/kinds.ts";
import { loosenSchema, writeWhenTaken } from "../support/lax-schema.ts";
import { documentedMetrics, familiesIn, isOfProcess, seriesIn } from "../support/metric-families.ts";
import { awaitReady, awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { createScraper, scrape } from "../support/scraper.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { prepare, startWorld, type Tenant, type World } from "../support/world.ts";

const PLANE = { name: "mcp-01", namespace: "project-x--ws-y" };

type Replica = { readonly provider: ProviderProcess; readonly address: string };

describe("the metrics about tenants", () => {
  let world: World;
  let token: string;
  let leader: Replica;
  let tenant: Tenant;
  let refs: TenantRefs;
  let versions: readonly string[];
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
    token = await createScraper(world.platform, { name: "scraper", mayScrape: true });
    leader = await startReplica();
    versions = world.ground.charts.versions;
  });
  after(() => world.stop());

  async function startReplica(): Promise<Replica> {
    const address = `127.0.0.1:${await freePort()}`;
    const args = [`--metrics-bind-address=${address}`, "--leader-elect=true"];
    return { provider: await world.run({ args }), address };
  }

  async function read({ address }: Replica = leader): Promise<string> {
    const { status, text } = await scrape(address, { token });
    // Roles, and the answers about rights, take a moment.
    return status === 200 ? text : "";
  }

  async function awaitSeries(name: string, series: Readonly<Record<string, number>>): Promise<void> {
    const metric = `service_provider_${name}`;
    await waitUntil(
      async () => {
        assert.deepEqual(seriesIn(await read(), metric), series);
        return true;
      },
      { what: `${metric} is ${JSON.stringify(series)}`, withinMs: 120_000 },
    );
  }

  it("tell that nobody is there yet, and whether the settings are in force", async () => {
    await awaitSeries("settings_in_force", { "": 1 });
    await awaitSeries("tenants", {});
    await awaitSeries("time_to_ready_seconds_count", { "": 0 });
  });

  it("count a tenant that has become ready, with its versions and its time", async () => {
    tenant = await install(world, PLANE);
    refs = refsOf(tenant);

    await awaitSeries("tenants", { '{phase="Ready",reason="ReconcileSuccess"}': 1 });
    await awaitSeries("tenants_failing", {});
    await awaitSeries("tenant_versions", { [`{wanted="${versions[0]}",installed="${versions[0]}"}`]: 1 });
    await awaitSeries("time_to_ready_seconds_count", { "": 1 });
  });

  it("are those of docs/metrics.md, and name no tenant", async () => {
    const text = await read();

    const found = familiesIn(text).filter(({ name }) => !isOfProcess(name));
    const documented = documentedMetrics(readFileSync("docs/metrics.md", "utf8"));
    assert.deepEqual(
      found.map(({ name, type }) => `${name} ${type}`).toSorted(),
      documented.map(({ name, type }) => `${name} ${type}`).toSorted(),
    );
    for (const name of [tenant.name, tenant.namespace, tenant.tenantNamespace]) {
      assert.ok(!text.includes(name), name);
    }
  });

  it("tell when tokens expire", async () => {
    const operation = { "openmcp.cloud/operation": "reconcile" };
    await world.onboarding.patchMerge(refs.ocm, { metadata: { annotations: operation } });

    await waitUntil(
      async () => {
        const expiry = seriesIn(await read(), "service_provider_token_expiry_timestamp_seconds");
        const isAhead = Object.values(expiry).every((seconds) => seconds * 1000 > Date.now());
        return isAhead && isDeepStrictEqual(Object.keys(expiry), ['{cluster="onboarding"}', '{cluster="mcp"}']);
      },
      { what: "the metrics tell when the tokens for both clusters expire", withinMs: 120_000 },
    );
  });

  it("count no tenant as ready for the first time after a restart", async () => {
    assert.equal(await leader.provider.stop(), 0);
    leader = await startReplica();
    await awaitNextSecond(await awaitReady(world.onboarding, tenant));
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: versions[1] } });
    await awaitReady(world.onboarding, tenant, versions[1]);

    await awaitSeries("tenant_versions", { [`{wanted="${versions[1]}",installed="${versions[1]}"}`]: 1 });
    await awaitSeries("time_to_ready_seconds_count", { "": 0 });
  });

  it("are not told by a replica that does not lead", async () => {
    const standby = await startReplica();

    await waitUntil(async () => (await read(standby)) !== "", { what: "the replica is scraped", withinMs: 60_000 });
    const text = await read(standby);
    assert.deepEqual(Object.values(seriesIn(text, "leader_election_master_status")), [0]);
    assert.equal(Object.keys(seriesIn(text, "service_provider_build_info")).length, 1);
    for (const name of ["tenants", "tenants_ignored", "settings_in_force", "time_to_ready_seconds_count"]) {
      assert.deepEqual(seriesIn(text, `service_provider_${name}`), {}, name);
    }
    assert.equal(await standby.provider.stop(), 0);
  });

  it("tell why a tenant fails", async () => {
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: "9.9.9" } });

    await awaitSeries("tenants_failing", { '{reason="ChartFetchFailed"}': 1 });
    await awaitSeries("tenants", { '{phase="Progressing",reason="ChartFetchFailed"}': 1 });
    await awaitSeries("tenant_versions", { [`{wanted="9.9.9",installed="${versions[1]}"}`]: 1 });
  });

  it("tell that settings are refused", async () => {
    const config = configRef(EARLIER_GROUP);
    await loosenSchema(world.platform, "providerconfigs.ocm.services.openmcp.cloud");
    await writeWhenTaken(() => world.platform.patchMerge(config, { spec: { pollInterval: "soon" } }));
    await awaitSeries("settings_in_force", { "": 0 });
    await world.platform.patchMerge(config, { spec: { pollInterval: null } });
    await awaitSeries("settings_in_force", { "": 1 });
  });

  it("tell how long a deletion is blocked, by what, and how long it took", async () => {
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: versions[1] } });
    await awaitReady(world.onboarding, tenant, versions[1]);
    await world.platform.patchMerge(refs.release, { spec: { suspend: true } });
    await world.onboarding.delete(refs.ocm);
    await awaitReason(world.onboarding, refs.ocm, "Removed", "ReleaseSuspended");

    await awaitSeries("tenants_failing", { '{reason="ReleaseSuspended"}': 1 });
    await waitUntil(
      async () => {
        const blocked = seriesIn(await read(), "service_provider_deletion_blocked_seconds");
        return (blocked['{reason="ReleaseSuspended"}'] ?? 0) > 0;
      },
      { what: "the age of the deletion is told", withinMs: 60_000 },
    );
    await world.platform.patchMerge(refs.release, { spec: { suspend: false } });
    await awaitGone(world.onboarding, refs.ocm);

    await awaitSeries("deletion_seconds_count", { "": 1 });
    await awaitSeries("deletion_blocked_seconds", {});
    await awaitSeries("tenants", {});
  });
});

/** The times of conditions are whole seconds, so they do not tell the order of what happens within one. */
async function awaitNextSecond(object: ServiceObj): Promise<void> {
  const sinceMs = Date.parse(conditionOf(object, "Ready")?.lastTransitionTime ?? "");
  await waitUntil(() => Promise.resolve(Date.now() >= sinceMs + 1000), {
    what: "the second in which the object has become Ready is over",
    withinMs: 10_000,
  });
}
