import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { freePort } from "../../ground/free-ports.ts";
import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { createCertificate } from "../../sim/certificate.ts";
import { requestName } from "../../src/openmcp/platform/names.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { ref } from "../support/kinds.ts";
import { awaitLeader, LEASE, type Lease } from "../support/leader.ts";
import { awaitReady, awaitReason } from "../support/ocm-status.ts";
import { PlatformDecisions } from "../support/platform-decisions.ts";
import { scrape } from "../support/scraper.ts";
import { ocm, POD_NAMESPACE, startWorld, type Tenant, type World } from "../support/world.ts";

const access = requestName("ocm.ocm.services.openmcp.cloud", "onboarding-run");
const clusterRequest = ref("clusterRequest", access, POD_NAMESPACE);
const accessRequest = ref("accessRequest", access, POD_NAMESPACE);

describe("run", () => {
  const decisions = new PlatformDecisions();
  let world: World;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld({ decide: decisions.decide });
  });
  after(() => world.stop());

  it("is alive but not ready before access is granted and init has run, and goes on by itself", async () => {
    decisions.set(accessRequest, "hold");
    const provider = await world.start("run");
    await awaitPresent(world.platform, accessRequest, () => true, { what: "access is asked for" });
    assert.deepEqual(await probe(provider), { healthz: 200, readyz: 503 });

    await decisions.grant(world.platform, accessRequest, clusterRequest);
    const granted = await world.init();
    assert.equal(granted, 0);

    await provider.ready();
    assert.deepEqual(await probe(provider), { healthz: 200, readyz: 200 });
    assert.equal(await provider.stop(), 0);
  });

  it("can look up the names of many clusters at once", { skip: process.platform !== "linux" }, async () => {
    const provider = await world.run();

    const threads = await readdir(`/proc/${provider.pid}/task`);

    assert.ok(threads.length > 256, String(threads.length));
    assert.equal(await provider.stop(), 0);
  });

  it("is ready without a ProviderConfig, says that it waits for one, and takes it when it comes", async () => {
    const provider = await world.run();
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    const [version = ""] = world.ground.charts.versions;
    const object = ref("ocm", tenant.name, tenant.namespace);
    await world.onboarding.create(ocm(tenant, version));
    await awaitReason(world.onboarding, object, "ChartReady", "ProviderConfigNotFound");
    await world.onboarding.delete(object);
    await awaitGone(world.onboarding, object);
    await world.onboarding.create(ocm(tenant, version));
    await awaitReason(world.onboarding, object, "ChartReady", "ProviderConfigNotFound");

    await world.configure();

    await awaitReady(world.onboarding, tenant, version);
    assert.equal(await provider.stop(), 0);
  });

  it("serves metrics under the names that dashboards for controllers know", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const provider = await world.run({ args: [`--metrics-bind-address=${address}`, "--metrics-secure=false"] });

    let text = "";
    // How long a reconcile takes is known once the first has ended.
    await waitUntil(
      async () => {
        const response = await fetch(`http://${address}/metrics`);
        assert.equal(response.status, 200);
        text = await response.text();
        return text.includes("\ncontroller_runtime_reconcile_time_seconds_bucket{");
      },
      { what: "the time of a reconcile is told", withinMs: 30_000 },
    );
    for (const name of [
      "controller_runtime_reconcile_total",
      "controller_runtime_reconcile_time_seconds_bucket",
      "controller_runtime_active_workers",
      "workqueue_depth",
      "workqueue_adds_total",
      "rest_client_requests_total",
      "process_cpu_seconds_total",
    ]) {
      assert.match(text, new RegExp(`^${name}[{ ]`, "mu"), name);
    }
    assert.equal(await provider.stop(), 0);
  });

  it("serves metrics by TLS with the certificate that it is given", async () => {
    const { certPem, keyPem, caPem } = await createCertificate();
    const folder = world.ground.folder;
    const files = [join(folder, "tls.crt"), join(folder, "tls.key")] as const;
    await writeFile(files[0], certPem);
    await writeFile(files[1], keyPem);
    const address = `127.0.0.1:${await freePort()}`;
    const provider = await world.run({
      args: [`--metrics-bind-address=${address}`, `--metrics-cert-path=${folder}`],
      files,
    });

    assert.equal((await scrape(address, { ca: caPem })).status, 401);

    assert.equal(await provider.stop(), 0);
  });

  it("serves metrics by TLS with a certificate of its own when nothing is said, as the Go provider does", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const provider = await world.run({ args: [`--metrics-bind-address=${address}`] });

    const { caPem } = await createCertificate();
    await assert.rejects(scrape(address, { ca: caPem }), /self-signed certificate/);
    assert.equal((await scrape(address)).status, 401);

    assert.equal(await provider.stop(), 0);
  });

  it("lets one of two replicas work, and the other one when the first is stopped", async () => {
    const first = await startReplica("sp-ocm-first");
    await awaitLeader(world.platform, "sp-ocm-first");
    const second = await startReplica("sp-ocm-second");
    await second.provider.ready();
    const [, version = ""] = world.ground.charts.versions;
    const object = ref("ocm", tenant.name, tenant.namespace);
    await world.onboarding.patchMerge(object, { spec: { version } });
    await awaitReady(world.onboarding, tenant, version);

    assert.deepEqual(await activity(first), { leads: true, works: true });
    assert.deepEqual(await activity(second), { leads: false, works: false });

    assert.equal(await first.provider.stop(), 0);
    await awaitLeader(world.platform, "sp-ocm-second");
    const [older = ""] = world.ground.charts.versions;
    await world.onboarding.patchMerge(object, { spec: { version: older } });
    await awaitReady(world.onboarding, tenant, older);
    assert.deepEqual(await activity(second), { leads: true, works: true });

    assert.equal(await second.provider.stop(), 0);
    const left = await world.platform.get<Lease>(LEASE);
    assert.equal(left.spec?.holderIdentity ?? "", "", "the Lease is given up at once");
  });

  type Replica = { readonly provider: ProviderProcess; readonly metricsURL: string };

  async function startReplica(podName: string): Promise<Replica> {
    const address = `127.0.0.1:${await freePort()}`;
    const args = ["--leader-elect=true", `--metrics-bind-address=${address}`, "--metrics-secure=false"];
    const provider = await world.start("run", { args, env: { POD_NAME: podName } });
    return { provider, metricsURL: `http://${address}/metrics` };
  }
});

async function probe({ healthURL }: ProviderProcess): Promise<{ readonly healthz: number; readonly readyz: number }> {
  const statusOf = async (page: string): Promise<number> => (await fetch(`${healthURL}/${page}`)).status;
  return { healthz: await statusOf("healthz"), readyz: await statusOf("readyz") };
}

/** Whether a replica says that it leads, and that it has looked at an OCM object. */
async function activity({ metricsURL }: { readonly metricsURL: string }): Promise<{ leads: boolean; works: boolean }> {
  const response = await fetch(metricsURL);
  const text = await response.text();
  return {
    leads: /^leader_election_master_status\{[^}]*\} 1$/mu.test(text),
    works: /^controller_runtime_reconcile_total\{[^}]*controller="ocm"[^}]*\} [1-9]/mu.test(text),
  };
}
