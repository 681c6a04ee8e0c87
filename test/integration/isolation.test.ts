import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import { freePort } from "../../ground/free-ports.ts";
import { readAccess } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import { textAt } from "../../sim/value-at.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone } from "../support/await-object.ts";
import { kindOf, ref, type KindName } from "../support/kinds.ts";
import { awaitReady, awaitReason } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { ocm, POD_NAMESPACE, prepare, PULL_SECRET, startWorld, type Tenant, type World } from "../support/world.ts";

type DockerConfig = { readonly auths: Readonly<Record<string, Readonly<Record<string, string>>>> };

const OF_A_TENANT = ["clusterRequest", "accessRequest", "ociRepository", "helmRelease", "secret", "event"] as const;
const ON_A_CONTROL_PLANE = ["deployment", "secret", "namespace", "event"] as const;

describe("two tenants", () => {
  let world: World;
  let provider: ProviderProcess;
  let metricsAddress: string;
  let bad: Tenant;
  let good: Tenant;
  /** Everything that was read while something failed. */
  const seen: string[] = [];
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
    metricsAddress = `127.0.0.1:${await freePort()}`;
    provider = await world.run({
      args: [`--metrics-bind-address=${metricsAddress}`, "--metrics-secure=false", "--verbosity=DEBUG"],
    });
    bad = await world.order({ name: "mcp-nightingale", namespace: "project-owl--ws-heron" });
    good = await world.order({ name: "mcp-sparrow", namespace: "project-robin--ws-wren" });
  });
  after(() => world.stop());

  it("do not stop each other when one asks for what does not exist", async () => {
    const [version = ""] = world.ground.charts.versions;
    await world.onboarding.create(ocm(bad, "9.9.9-nightingale"));
    await awaitReason(world.onboarding, refsOf(bad).ocm, "ChartReady", "ChartFetchFailed");

    await world.onboarding.create(ocm(good, version));

    await awaitReady(world.onboarding, good, version);
    await awaitReason(world.onboarding, refsOf(bad).ocm, "ChartReady", "ChartFetchFailed");
  });

  it("find nothing of each other in their objects", async () => {
    const ofBad = ["nightingale", "project-owl", "ws-heron", bad.tenantNamespace];
    const ofGood = ["sparrow", "project-robin", "ws-wren", good.tenantNamespace];

    assert.deepEqual(found(ofBad, await everythingOf(good)), []);
    assert.deepEqual(found(ofGood, await everythingOf(bad)), []);
    assert.deepEqual(found(ofGood, await everythingOf(good)), ofGood, "the search finds what is there");
  });

  it("are told no secret when something fails, and neither are those who read log and metrics", async () => {
    const wrong = withPassword(world.ground.charts.dockerConfigJson, "planted-and-never-told");
    await world.platform.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), {
      data: { ".dockerconfigjson": base64(wrong) },
    });
    await world.onboarding.patchMerge(refsOf(good).ocm, { spec: { version: "8.8.8" } });
    await awaitReason(world.onboarding, refsOf(good).ocm, "ChartReady", "ChartFetchFailed");
    await awaitEvent(world.onboarding, refsOf(good).ocm, "ChartFetchFailed");
    const secrets = [
      ...passwordsOf(world.ground.charts.dockerConfigJson),
      ...passwordsOf(wrong),
      ...(await Promise.all([bad, good].map((tenant) => tokenOf(tenant)))),
    ];
    await look();
    for (const tenant of [bad, good]) {
      await world.onboarding.delete(refsOf(tenant).ocm);
      await awaitGone(world.onboarding, refsOf(tenant).ocm, 60_000);
    }
    await look();

    assert.ok(secrets.length >= 4 && secrets.every((secret) => secret.length >= 6), "secrets that can be searched for");
    assert.deepEqual(found([...secrets, ...secrets.map(base64)], seen.join("\n")), []);
  });

  async function everythingOf(tenant: Tenant): Promise<string> {
    const own = await dump(world.onboarding, ["ocm", "event"], tenant.namespace);
    const platform = await dump(world.platform, OF_A_TENANT, tenant.tenantNamespace);
    return [own, platform, await dump(tenant.mcp, ON_A_CONTROL_PLANE)].join("\n");
  }

  /** Reads whatever people may see who may not see secrets. */
  async function look(): Promise<void> {
    const metrics = await fetch(`http://${metricsAddress}/metrics`);
    seen.push(
      await dump(world.onboarding, ["ocm", "event"]),
      await dump(world.platform, ["providerConfig", "event", "accessRequest", "ociRepository", "helmRelease"]),
      await metrics.text(),
      await readFile(provider.logPath, "utf8"),
    );
  }

  async function tokenOf({ tenantNamespace, ...tenant }: Tenant): Promise<string> {
    const request = await world.platform.get(refsOf({ tenantNamespace, ...tenant }).accessRequest);
    const name = textAt(request, "status", "secretRef", "name");
    const secret = await world.platform.get(ref("secret", name, tenantNamespace));
    return readAccess(Buffer.from(textAt(secret, "data", "kubeconfig"), "base64").toString()).token;
  }
});

async function dump(client: SimClient, kinds: readonly KindName[], namespace?: string): Promise<string> {
  const lists = await Promise.all(kinds.map((kind) => client.list(kindOf(kind, namespace))));
  return JSON.stringify(lists);
}

function found(texts: readonly string[], where: string): readonly string[] {
  return texts.filter((text) => where.includes(text));
}

function passwordsOf(dockerConfigJson: string): readonly string[] {
  const { auths } = JSON.parse(dockerConfigJson) as DockerConfig;
  return Object.values(auths).flatMap(({ password, auth }) => [password, auth].filter((text) => text !== undefined));
}

function withPassword(dockerConfigJson: string, password: string): string {
  const { auths } = JSON.parse(dockerConfigJson) as DockerConfig;
  const login = { username: "puller", password, auth: base64(`puller:${password}`) };
  const others = Object.keys(auths).map((host) => [host, login] as const);
  return JSON.stringify({ auths: Object.fromEntries(others) });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
