import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";

import type { ProviderProcess } from "../../ground/provider-process.ts";
import type { Obj } from "../../sim/object.ts";
import { type CollectedSpan, type Collector, startCollector } from "../support/collector.ts";
import { kindOf } from "../support/kinds.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { ocm, prepare, startWorld, UNJUDGED, type Tenant, type World } from "../support/world.ts";

const OFTEN = { OTEL_BSP_SCHEDULE_DELAY: "100" };
const SDK = /@opentelemetry\/(?!api\/)|runtime\/open-telemetry/u;

describe("traces", () => {
  let world: World;
  let collector: Collector;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
  });
  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.stop());
  after(() => world.stop());

  function runTraced(env: Readonly<Record<string, string>> = {}): Promise<ProviderProcess> {
    return world.run({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, ...OFTEN, ...env } });
  }

  async function install(name: string): Promise<Tenant> {
    const [version = ""] = world.ground.charts.versions;
    const tenant = await world.order({ name, namespace: "project-x--ws-y" });
    await world.onboarding.create(ocm(tenant, version));
    await awaitReady(world.onboarding, tenant, version);
    return tenant;
  }

  it("have a span for each pass over a tenant, and one below it for each request of the pass", async () => {
    const provider = await runTraced();
    const { name, namespace, tenantNamespace } = await install("traced");
    await collector.await((spans) => spans.some(isRelease), "a span of a HelmRelease");
    assert.equal(await provider.stop(), 0);

    const spans = collector.spans();
    const write = spans.find(isRelease);
    assert.deepEqual(
      { kind: write?.kind, attributes: write?.attributes },
      {
        kind: "client",
        attributes: {
          "http.request.method": "PATCH",
          "http.response.status_code": 201,
          "k8s.cluster.name": "platform",
          "k8s.resource": "helmreleases.helm.toolkit.fluxcd.io",
          "k8s.namespace.name": tenantNamespace,
          "k8s.object.name": write?.attributes["k8s.object.name"],
        },
      },
    );
    const pass = spans.find(({ spanId }) => spanId === write?.parentSpanId);
    assert.equal(pass?.name, "reconcile ocm");
    assert.equal(pass.parentSpanId, "");
    assert.equal(pass.attributes["reconcile.key"], `${namespace}/${name}`);
    assert.equal(pass.attributes["reconcile.attempt"], 1);
    const passes = spans.filter(({ attributes }) => attributes["reconcile.key"] === `${namespace}/${name}`);
    const causes = new Set(passes.flatMap(({ attributes }) => attributes["reconcile.causes"]));
    assert.ok(
      ["OCM", "HelmRelease", "AccessRequest"].every((cause) => causes.has(cause)),
      [...causes].join(", "),
    );
  });

  it("name the process, and the settings of the environment count", async () => {
    const provider = await runTraced({
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector=yes",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    });
    await collector.await((spans) => spans.length > 0, "a span");
    assert.equal(await provider.stop(), 0);

    const [resource] = collector.resources();
    assert.equal(resource?.["service.name"], "service-provider-ocm");
    assert.equal(resource["deployment.environment.name"], "test");
    const [request] = collector.requests();
    assert.deepEqual([request?.headers["x-collector"], request?.headers["content-encoding"]], ["yes", "gzip"]);
  });

  it("say how the object is after a pass, and what is wrong with it", async () => {
    const provider = await runTraced();
    const tenant = await world.order({ name: "failing", namespace: "project-x--ws-y" });
    await world.onboarding.create(ocm(tenant, "99.0.0"), UNJUDGED);

    await collector.await((spans) => spans.some(isFailure), "a pass over a tenant that fails");

    const failure = collector.spans().find(isFailure);
    assert.equal(failure?.attributes["reconcile.phase"], "Progressing");
    assert.equal(failure.attributes["reconcile.reason"], "ChartFetchFailed");
    assert.match(failure.message, /99\.0\.0/u);
    assert.equal(await provider.stop(), 0);
  });

  it("have no secret, no body and no query in them", async () => {
    const provider = await runTraced();
    const { tenantNamespace } = await install("secretive");
    await collector.await((spans) => spans.some(isRelease), "a span of a HelmRelease");
    assert.equal(await provider.stop(), 0);

    const secrets = await world.platform.list<SecretData>(kindOf("secret", tenantNamespace));
    const words = secrets.flatMap(({ data = {} }) => Object.values(data).flatMap(secretsIn));
    const text = collector
      .requests()
      .map((request) => request.text)
      .join("\n");
    assert.ok(words.length > secrets.length);
    assert.deepEqual(
      words.filter((word) => text.includes(word)),
      [],
    );
    assert.doesNotMatch(text, /[?&](?:watch|labelSelector|fieldSelector|resourceVersion|limit)=/u);
  });

  it("are sent to the end when the process is asked to stop", async () => {
    const provider = await runTraced({ OTEL_BSP_SCHEDULE_DELAY: "600000" });
    assert.equal(collector.requests().length, 0);

    assert.equal(await provider.stop(), 0);

    assert.ok(collector.spans().some(({ attributes }) => attributes["k8s.cluster.name"] === "onboarding"));
  });

  for (const mood of ["refuses", "keeps silent"] as const) {
    it(`cost nothing but spans when the collector ${mood}`, async () => {
      collector.mood = mood;
      const provider = await runTraced({ OTEL_BSP_MAX_QUEUE_SIZE: "10", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "5" });

      await install(`with-one-that-${mood.replaceAll(" ", "-")}`);

      assert.equal(await provider.stop(), 0);
      assert.ok(collector.requests().length > 0);
    });
  }

  it("are not wanted, and nothing is sent, when OTEL_SDK_DISABLED says so", async () => {
    const provider = await runTraced({ OTEL_SDK_DISABLED: "true" });
    await install("unwanted");

    assert.equal(await provider.stop(), 0);
    assert.equal(collector.requests().length, 0);
  });
});

describe("the SDK of OpenTelemetry", () => {
  it("is loaded when the environment names a collector, and only then", () => {
    assert.deepEqual(loadedWith({}), []);
    assert.ok(loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }).length > 0);
  });

  it("waits in the shipped program until it is asked for", () => {
    const { outputs } = JSON.parse(readFileSync("dist/metafile.json", "utf8")) as Metafile;
    const inputs = Object.keys(outputs["dist/program.cjs"]?.inputs ?? {}).filter((path) => SDK.test(path));
    const program = readFileSync("dist/program.cjs", "utf8");

    const eager = inputs.filter((path) => !program.includes(`"${path}"()`) && program.includes(`// ${path}\n`));
    assert.ok(inputs.length > 0);
    assert.deepEqual(eager, []);
  });
});

type SecretData = Obj & { readonly data?: Readonly<Record<string, string>> };
type Metafile = { readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>> };

function isRelease({ attributes }: CollectedSpan): boolean {
  return (
    attributes["k8s.resource"] === "helmreleases.helm.toolkit.fluxcd.io" &&
    attributes["http.request.method"] === "PATCH"
  );
}

function isFailure({ name, isError }: CollectedSpan): boolean {
  return name === "reconcile ocm" && isError;
}

/** What nobody else may know of a value in a Secret: logins and keys, and the value as a whole. */
function secretsIn(base64: string): readonly string[] {
  const text = Buffer.from(base64, "base64").toString("utf8");
  const secrets = text.matchAll(/(?:token|password|auth|client-key-data)"?: ?"?([^"\s,}]+)/gu);
  return [base64, ...[...secrets].map(([, secret = ""]) => secret)].filter((secret) => secret.length >= 8);
}

/** What `run` has loaded when it finds no kubeconfig. */
function loadedWith(env: Readonly<Record<string, string>>): readonly string[] {
  const hook = `import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
    process.on("exit", () => console.error(urls.join("\\n")));`;
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  const { PATH = "" } = process.env;
  const args = ["run", "--provider-name=ocm", "--environment=test", "--kubeconfig=/nowhere"];
  const { stderr } = spawnSync(process.execPath, ["--import", url, "src/main.ts", ...args], {
    env: { PATH, ...env },
    encoding: "utf8",
  });
  assert.match(stderr, /src\/openmcp\/program\/run\.ts/u);
  return stderr.split("\n").filter((line) => SDK.test(line));
}
