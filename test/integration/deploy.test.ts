import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { freePort } from "../../ground/free-ports.ts";
import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { withSpec } from "../../sandbox/examples.ts";
import type { Obj } from "../../sim/object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../sim/value-at.ts";
import { copyName } from "../../src/ocm/chart-secrets.desired.ts";
import { RELEASE_NAMESPACE } from "../../src/ocm/names.ts";
import { awaitPresent } from "../support/await-object.ts";
import { connectionsOf } from "../support/connections-of.ts";
import { answerDiscovery, installDiscoveries } from "../support/discovery.ts";
import { type ForwardProxy, startForwardProxy } from "../support/forward-proxy.ts";
import { configRef, CURRENT_GROUP, namespaceOf, ref } from "../support/kinds.ts";
import { applyAll, applyStrictly, manifests, readManifest } from "../support/manifests.ts";
import { awaitReady, awaitReason, type ServiceObj } from "../support/ocm-status.ts";
import { createToken, scrape } from "../support/scraper.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { prepare, startWorld, type Tenant, type World } from "../support/world.ts";

const PRODUCTION = "service-provider-production.yaml";
const FULL = "provider-config-full.yaml";
const ELSEWHERE = ["ocm.yaml", FULL];
const CONFIG = configRef(CURRENT_GROUP);
const [NEWEST, STABLE, FOUND] = ["0.16.0", "0.13.0", "0.5.0"] as const;
const PROMETHEUS = { name: "prometheus", namespace: "monitoring" };

describe("deploy/", () => {
  let world: World;
  let provider: ProviderProcess;
  let proxy: ForwardProxy;
  let metrics: string;
  let tenant: Tenant;
  let refs: TenantRefs;
  const [order] = readManifest("ocm.yaml") as readonly [ServiceObj];
  before(async () => {
    proxy = await startForwardProxy("robot:REPLACE");
    world = await startWorld();
    await prepare(world);
    await installDiscoveries(world.platform);
    await world.platform.create(namespaceOf("monitoring"));
    const { name, namespace = "" } = order.metadata;
    tenant = await world.order({ name, namespace });
    refs = refsOf(tenant, CURRENT_GROUP);
    metrics = `127.0.0.1:${await freePort()}`;
    provider = await world.run({ args: runArgs(metrics) });
  });
  after(async () => {
    await world.stop();
    await proxy.close();
  });

  for (const name of manifests.filter((file) => !ELSEWHERE.includes(file))) {
    it(`has objects that the platform cluster takes as they are: ${name}`, async () => {
      if (name === PRODUCTION && process.env["PLATFORM_RELEASE"] === "oldest") {
        // An operator that knows no metrics serves none.
        await assert.rejects(applyAll(world.platform, readManifest(name)), /unknown field "spec\.metrics"/u);
        return;
      }
      await applyAll(world.platform, readManifest(name));
    });
  }

  it("has a first ProviderConfig and a first OCM that are enough, wherever the chart is", async () => {
    const [config] = readManifest("provider-config.yaml") as readonly [Obj];
    await world.platform.create(pullSecret());
    await applyStrictly(world.platform, withSpec(config, registryOf(world)));
    await applyStrictly(world.onboarding, order);

    await awaitReady(world.onboarding, { ...tenant, group: CURRENT_GROUP }, NEWEST);
    await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
  });

  it("has a ProviderConfig with every field, and all of it is in effect", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    for (const version of [NEWEST, STABLE, FOUND]) {
      await world.ground.signChart(version, privateKey);
    }
    const placed = placedIn(world, {
      publicKey: publicKey.export({ type: "spki", format: "pem" }),
      proxyAddress: proxy.address,
    });
    await applyAll(world.platform, readManifest(FULL).map(placed));
    await answerDiscovery(world.platform, [FOUND, "not-by-its-filter"]);

    const offered = await awaitPresent<ServiceObj>(
      world.platform,
      CONFIG,
      (found) => listAt(found, "status", "versions").length === 3,
      { what: "all versions are on offer" },
    );
    assert.deepEqual(
      listAt(offered, "status", "versions").map((found) => textAt(found, "version")),
      [NEWEST, FOUND, "stable"],
    );
    await awaitTrust();
    await awaitPresent(world.platform, refs.release, (found) => isDeepStrictEqual(valuesIn(found), valuesOf(10)), {
      what: "the HelmRelease has the values",
    });
    for (const name of ["image-registry", copyName("ca", "company-authorities")]) {
      await awaitPresent(tenant.mcp, ref("secret", name, RELEASE_NAMESPACE), () => true, {
        what: `${name} is on the control plane`,
      });
    }
    await awaitReady(world.onboarding, { ...tenant, group: CURRENT_GROUP }, NEWEST);
  });

  for (const [version, chart, concurrency, login] of [
    ["stable", STABLE, 20, "mirror-registry"],
    [FOUND, FOUND, 10, "chart-registry"],
  ] as const) {
    it(`has tenants order ${version} with it`, async () => {
      await world.onboarding.patchMerge(refs.ocm, { spec: { version } });

      await awaitReady(world.onboarding, { ...tenant, group: CURRENT_GROUP }, chart);
      const source = await world.platform.get(refs.source);
      assert.deepEqual(valueAt(source, "spec", "ref"), { tag: chart });
      assert.equal(textAt(source, "spec", "secretRef", "name"), copyName("pull", login));
      assert.deepEqual(valuesIn(await world.platform.get(refs.release)), valuesOf(concurrency));
    });
  }

  it("has Flux pull the charts through the proxy", () => {
    // The stand-in of Flux takes charts from memory.
    const expected = world.ground.kind === "real" ? [STABLE, FOUND] : [];

    const pulled = proxy.asked.map(({ pathname }) => pathname);
    for (const version of expected) {
      assert.ok(
        pulled.some((path) => path.endsWith(`/manifests/${version}`)),
        `${version} is not among ${pulled.join(", ")}`,
      );
    }
  });

  it("shows the metrics of a ServiceProvider for production to the monitoring, and to nobody else", async () => {
    await world.platform.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: PROMETHEUS });
    const token = await createToken(world.platform, PROMETHEUS);

    await waitUntil(async () => (await scrape(metrics, { token })).status === 200, {
      what: "the monitoring may scrape",
      withinMs: 60_000,
    });
    assert.equal((await scrape(metrics)).status, 401);
  });

  it("has a NetworkPolicy that allows what the provider does: it listens twice, and asks API servers only", (test) => {
    if (process.platform !== "linux") {
      test.skip("only Linux tells the connections of a process");
      return;
    }
    const { platform, onboarding } = world.ground;
    const servers = [platform, onboarding, tenant.cluster].map(({ server }) => Number(new URL(server).port));

    const { listening, peers } = connectionsOf(provider.pid);

    assert.deepEqual(
      new Set(listening),
      new Set([metrics, new URL(provider.healthURL).host].map((address) => Number(address.split(":")[1]))),
    );
    assert.ok(peers.length > 0);
    assert.deepEqual(
      peers.filter((port) => !servers.includes(port)),
      [],
    );
  });

  async function awaitTrust(): Promise<void> {
    const source = await awaitPresent(
      world.platform,
      refs.source,
      (found) => textAt(found, "spec", "proxySecretRef", "name") === copyName("proxy", "chart-proxy"),
      { what: "the OCIRepository has the proxy" },
    );
    const { certSecretRef, verify, secretRef, interval } = objectAt(source, "spec");
    assert.deepEqual(
      { certSecretRef, verify, secretRef },
      {
        certSecretRef: { name: copyName("ca", "company-authorities") },
        verify: { provider: "cosign", secretRef: { name: copyName("verify", "chart-signers") } },
        secretRef: { name: copyName("pull", "chart-registry") },
      },
    );
    assert.equal(interval, "5m0s");
  }

  function pullSecret(): Obj {
    const [secret] = readManifest(FULL).filter(({ metadata }) => metadata.name === "chart-registry");
    assert.ok(secret !== undefined);
    return { ...secret, stringData: { ".dockerconfigjson": world.ground.charts.dockerConfigJson } };
  }
});

/** The command line that the operator makes of the ServiceProvider for production, with its metrics at `address`. */
function runArgs(address: string): readonly string[] {
  const [{ spec } = { spec: undefined }] = readManifest(PRODUCTION);
  const [command, ...args] = listAt(spec, "runCommand").map(String);
  assert.equal(command, "run");
  const placed = args.map((arg) => arg.replace("=:8080", `=${address}`));
  assert.notDeepEqual(placed, args);
  return [...placed, "--leader-elect=true"];
}

/** Where the ground's chart is, as a ProviderConfig says it. */
function registryOf({ ground }: World): Readonly<Record<string, unknown>> {
  return { chartURL: ground.charts.chartURL, imagePullSecret: { name: "chart-registry" } };
}

type InPlace = { readonly publicKey: string; readonly proxyAddress: string };

/** Puts what a ground has into the places of an operator's registries, keys and proxy; all else stays as it is. */
function placedIn({ ground }: World, { publicKey, proxyAddress }: InPlace): (object: Obj) => Obj {
  const { chartURL, dockerConfigJson } = ground.charts;
  const contents: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "chart-registry": { ".dockerconfigjson": dockerConfigJson },
    "mirror-registry": { ".dockerconfigjson": dockerConfigJson },
    "chart-signers": { "cosign.pub": publicKey },
    "chart-proxy": { address: proxyAddress },
  };
  return (object) => {
    if (object.kind === "ProviderConfig") {
      const versions = listAt(object, "spec", "versions").map((entry) => {
        const { chartURL: elsewhere, ...rest } = objectAt(entry);
        return elsewhere === undefined ? rest : { ...rest, chartURL };
      });
      return withSpec(object, { chartURL, versions });
    }
    const content = contents[object.metadata.name];
    return content === undefined
      ? object
      : { ...object, stringData: { ...objectAt(object, "stringData"), ...content } };
  };
}

function valuesIn(release: Obj): unknown {
  return valueAt(release, "spec", "values");
}

function valuesOf(resource: number): object {
  return { manager: { concurrency: { resource }, imagePullSecrets: [{ name: "image-registry" }] } };
}
