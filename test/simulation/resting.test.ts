import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { lateNews } from "../support/late-news.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { watchedPasses } from "../support/watched-passes.ts";
import { ocm, POD_NAMESPACE, PULL_SECRET, pullSecret } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const namespace = tenantNamespace(plane.name, plane.namespace);
const OCM = ref("ocm", plane.name, plane.namespace);
const CONFIG = ref("providerConfig", "ocm");
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", namespace);
const SOURCE = ref("ociRepository", "sp-ocm-k8s-toolkit", namespace);
const COPY = ref("secret", `sp-ocm-${PULL_SECRET}`, namespace);
const OPERATORS = ref("secret", PULL_SECRET, POD_NAMESPACE);
const OTHER_LOGIN = Buffer.from('{"auths":{"other.example":{"auth":"eDp5"}}}').toString("base64");
/** Five times the poll interval, after which nothing is due any more. */
const LONG_MS = 5 * 60_000;

type Resting = { readonly world: SimulatedWorld; readonly passes: () => number; readonly platform: SimClient };

/** Starts a provider, and waits until its tenant is installed and nothing is due any more. */
async function startResting(
  intercept?: Intercept,
  { makesAll = false, spec = {} }: { readonly makesAll?: boolean; readonly spec?: object } = {},
): Promise<Resting> {
  let passes = 0;
  const cast = watchedPasses({ onPass: () => (passes += 1), makesAll });
  const world = await SimulatedWorld.start(1, intercept, { cast });
  const { platform, onboarding, charts } = world.simulation;
  const [version = ""] = charts.versions;
  await platform.client.create(pullSecret('{"auths":{}}', "images"));
  await platform.client.patchMerge(CONFIG, { spec });
  world.startProvider();
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  await world.clock.advance(LONG_MS);
  return { world, passes: () => passes, platform: platform.client };
}

type Damage = { readonly what: string; readonly to: ObjRef; readonly how: (world: SimulatedWorld) => Promise<unknown> };

const patch =
  (object: ObjRef, change: object) =>
  ({ simulation }: SimulatedWorld): Promise<unknown> =>
    simulation.platform.client.patchMerge(object, change);
const remove =
  (object: ObjRef) =>
  ({ simulation }: SimulatedWorld): Promise<unknown> =>
    simulation.platform.client.delete(object);

const damages: readonly Damage[] = [
  { what: "a field of the HelmRelease", to: RELEASE, how: patch(RELEASE, { spec: { releaseName: "other" } }) },
  {
    what: "a label of the HelmRelease",
    to: RELEASE,
    how: patch(RELEASE, { metadata: { labels: { "openmcp.cloud/onboarding-name": "other" } } }),
  },
  { what: "the HelmRelease", to: RELEASE, how: remove(RELEASE) },
  { what: "a field of the OCIRepository", to: SOURCE, how: patch(SOURCE, { spec: { interval: "77m" } }) },
  { what: "the OCIRepository", to: SOURCE, how: remove(SOURCE) },
  {
    what: "the content of a copied Secret",
    to: COPY,
    how: patch(COPY, { data: { ".dockerconfigjson": OTHER_LOGIN } }),
  },
  { what: "a copied Secret", to: COPY, how: remove(COPY) },
];

/** Tells states of an object apart. */
async function versionOf({ platform }: Resting, object: ObjRef): Promise<string | undefined> {
  return (await platform.find(object))?.metadata.resourceVersion;
}

/** What an object asks for, and whose it is. */
async function contentOf({ platform }: Resting, object: ObjRef): Promise<unknown> {
  const found = await platform.find(object);
  const { labels } = found?.metadata ?? {};
  return found && { labels, spec: found["spec"], data: found["data"] };
}

describe("a tenant at rest", () => {
  it("costs no pass as long as nothing changes", async () => {
    const { world, passes } = await startResting();
    const before = passes();

    await world.clock.advance(LONG_MS);

    assert.equal(passes(), before);
    await world.stop();
  });

  it("costs no pass when the status of the ProviderConfig changes", async () => {
    const { world, passes, platform } = await startResting();
    const before = passes();

    await platform.status(CONFIG, { tenants: { total: 7 } });
    await world.clock.advance(LONG_MS);

    assert.equal(passes(), before);
    await world.stop();
  });

  it("costs no pass once the Secrets beside its toolkit are needed no more, and are gone", async () => {
    const { world, passes, platform } = await startResting(undefined, {
      spec: { values: { manager: { imagePullSecrets: [{ name: "images" }] } } },
    });
    await platform.patchMerge(CONFIG, { spec: { values: null } });
    await world.clock.advance(LONG_MS);
    const before = passes();

    await world.clock.advance(LONG_MS);

    assert.equal(passes(), before);
    await world.stop();
  });

  for (const { what, to, how } of damages) {
    it(`gets back ${what} that somebody has changed or deleted`, async () => {
      const resting = await startResting();
      const before = await contentOf(resting, to);
      assert.notEqual(before, undefined);

      const version = await versionOf(resting, to);
      await how(resting.world);
      assert.notEqual(await versionOf(resting, to), version);
      await resting.world.clock.advance(20_000);

      assert.deepEqual(await contentOf(resting, to), before);
      await resting.world.stop();
    });

    it(`gets back ${what} although the news of it is lost, and only a new list shows it`, async () => {
      const loss = new LossOfNews();
      const resting = await startResting(loss.intercept);
      const before = await contentOf(resting, to);

      loss.begin();
      await how(resting.world);
      await resting.world.clock.advance(500);
      assert.ok(loss.end() > 0);
      await resting.world.clock.advance(30_000);

      assert.deepEqual(await contentOf(resting, to), before);
      await resting.world.stop();
    });
  }

  it("gets the Secret that its operator has changed", async () => {
    const resting = await startResting();

    await resting.platform.patchMerge(OPERATORS, { data: { ".dockerconfigjson": OTHER_LOGIN } });
    await resting.world.clock.advance(10_000);

    const copy = await resting.platform.get(COPY);
    assert.match(Buffer.from(textAt(copy, "data", ".dockerconfigjson"), "base64").toString(), /other\.example/);
    await resting.world.stop();
  });

  it("has its kubeconfig read again when the token in it should have been renewed", async () => {
    let reads = 0;
    const resting = await startResting(({ text, send }) => {
      reads += /GET .*\/secrets\/[^?]*kubeconfig/.test(text) ? 1 : 0;
      return send();
    });
    const { world, platform } = resting;
    const [request] = await platform.list(kindOf("accessRequest"), { labelSelector: "openmcp.cloud/onboarding-name" });
    const secret = ref("secret", textAt(request, "status", "secretRef", "name"), namespace);
    const beginMs = world.clock.now();
    await platform.patchMerge(secret, {
      data: { creationTimestamp: at(beginMs), expirationTimestamp: at(beginMs + 3_600_000) },
    });
    await world.simulation.onboarding.client.patchMerge(OCM, {
      metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } },
    });
    await world.clock.advance(48 * 60_000);
    const before = reads;

    await world.clock.advance(5 * 60_000);

    assert.ok(reads > before, `expected a read after 51 minutes, found ${reads - before}`);
    await world.stop();
  });

  it("gets back a Secret on its control plane that somebody has deleted, though nothing tells of it", async () => {
    const spec = { values: { manager: { imagePullSecrets: [{ name: "images" }] } } };
    const { world } = await startResting(undefined, { spec });
    const mcp = [...world.simulation.clusters.values()].find(({ name }) => name === plane.name)?.client;
    const ours = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };
    const [image] = (await mcp?.list(kindOf("secret"), ours)) ?? [];
    assert.ok(image);
    const { name, namespace: there = "" } = image.metadata;

    await mcp?.delete(ref("secret", name, there));
    await world.clock.advance(70_000);

    assert.notEqual(await mcp?.find(ref("secret", name, there)), undefined);
    await world.stop();
  });
});

describe("a provider that spares passes", () => {
  for (const seed of [1, 2, 3]) {
    it(`sends exactly what one sends that makes each of them, with news that come late (${seed})`, async () => {
      const [sparing, tireless] = [await troubledLife(seed, false), await troubledLife(seed, true)];

      assert.deepEqual(sparing.requests, tireless.requests);
      assert.ok(sparing.passes < tireless.passes, `${sparing.passes} passes, and ${tireless.passes}`);
    });
  }
});

/** The requests of a provider but those of watches, while somebody damages the objects of its tenant now and then. */
async function troubledLife(
  seed: number,
  makesAll: boolean,
): Promise<{ readonly requests: readonly string[]; readonly passes: number }> {
  const requests: string[] = [];
  const late = lateNews(seed);
  const { world, passes } = await startResting(
    (request, on) => {
      if (!request.text.includes("watch=")) {
        requests.push(`${on.clock.now()} ${request.text}`);
      }
      return request.text.includes("watch=") ? late(request, on) : request.send();
    },
    { makesAll },
  );
  for (const { how } of damages) {
    await how(world);
    await world.clock.advance(3 * 60_000 + 7_000 * seed);
  }
  await world.simulation.onboarding.client.delete(OCM);
  await world.untilOcm(plane, (object) => object === undefined);
  await world.stop();
  return { requests, passes: passes() };
}

/** Swallows the news of watches. A watch that has lost some ends, and has to begin with a list again. */
class LossOfNews {
  #isOn = false;
  #swallowed = 0;
  readonly #lost = new Set<string>();

  begin(): void {
    this.#isOn = true;
  }

  /** Returns how many pieces of news were lost. */
  end(): number {
    this.#isOn = false;
    return this.#swallowed;
  }

  readonly intercept: Intercept = async ({ text, send }) => {
    const [path = ""] = text.split("resourceVersion=");
    if (!text.includes("watch=")) {
      return send();
    }
    if (this.#lost.delete(path)) {
      return { status: 410, headers: {}, body: chunksOf(GONE) };
    }
    const response = await send();
    return { ...response, body: this.#heard(path, response.body) };
  };

  async *#heard(path: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if (this.#isOn) {
        this.#swallowed += 1;
        this.#lost.add(path);
        return;
      }
      yield chunk;
    }
  }
}

const GONE = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code: 410, reason: "Expired" });

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function at(ms: number): string {
  return Buffer.from(String(ms / 1000)).toString("base64");
}
