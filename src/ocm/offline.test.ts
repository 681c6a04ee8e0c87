import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ManualClock } from "../kube/testing/manual-clock.ts";
import { type RenderedObject, type Rendering, renderOffline } from "../openmcp/render/offline.ts";
import { tenantNamespace } from "../openmcp/platform/names.ts";
import { createLogger } from "../runtime/log.ts";
import { CURRENT_GROUP, EARLIER_GROUP } from "./api/group.ts";
import type { OCM } from "./api/objects.ts";
import { definition } from "./provider.ts";

type Fields = Readonly<Record<string, unknown>>;

const NAMESPACE = tenantNamespace("mcp-01", "default");

function object(kind: string, name: string, fields: Fields, group: string = CURRENT_GROUP): Fields {
  return { apiVersion: `${group}/v1alpha1`, kind, metadata: { name }, ...fields };
}

function ocm(version: string, group?: string): Fields {
  return object("OCM", "mcp-01", { spec: { version } }, group);
}

function config(spec: Fields, name: string = "ocm"): Fields {
  return object("ProviderConfig", name, { spec });
}

function render(...objects: readonly Fields[]): Rendering<OCM> {
  const deps = { clock: new ManualClock(), log: createLogger({ level: "silent", pretty: false }) };
  const text = objects.map((one) => JSON.stringify(one)).join("\n---\n");
  return renderOffline(definition, [{ origin: "files", text }], { ...deps, providerName: "ocm", namespace: "system" });
}

async function written(rendering: Rendering<OCM>): Promise<readonly string[]> {
  const all = await Array.fromAsync(rendering.objects);
  return all.flatMap(placesIn);
}

function placesIn({ written: placed }: RenderedObject<OCM>): readonly string[] {
  return placed.map(({ cluster, object: { kind, metadata } }) => `${cluster} ${kind} ${metadata.name}`);
}

async function blamed(rendering: Rendering<OCM>): Promise<readonly string[]> {
  const all = await Array.fromAsync(rendering.objects);
  return all.flatMap(({ reports }) => reports.filter(({ state }) => state !== "done").map(({ reason }) => reason));
}

const ACCESS = "platform AccessRequest ocm.services.open-control-plane.io--mcp-01--mcp";
const CHART = ["platform OCIRepository sp-ocm-k8s-toolkit", "platform HelmRelease sp-ocm-k8s-toolkit"];

describe("the objects of an OCM object and a ProviderConfig in files", () => {
  it("are access, chart and release where nothing else is needed", async () => {
    assert.deepEqual(await written(render(ocm("0.4.0"), config({}))), [ACCESS, ...CHART]);
  });

  it("are requested in the name of the object's API group", async () => {
    const [access] = await written(render(ocm("0.4.0", EARLIER_GROUP), config({})));

    assert.equal(access, "platform AccessRequest ocm.services.openmcp.cloud--mcp-01--mcp");
  });

  it("have copies of Secrets that are taken for granted, and are named, where the files have none", async () => {
    const spec = {
      imagePullSecret: { name: "registry" },
      caBundleRef: { name: "authorities", key: "bundle.pem" },
      verify: { provider: "cosign", secretRef: { name: "keys" } },
      proxySecretRef: { name: "proxy" },
      values: { manager: { imagePullSecrets: [{ name: "images" }] } },
    };
    const rendering = render(ocm("0.4.0"), config(spec));
    const objects = await Array.fromAsync(rendering.objects);

    assert.deepEqual(objects.flatMap(placesIn), [
      ACCESS,
      "platform Secret sp-ocm-registry",
      "platform Secret sp-ocm.ca-authorities",
      "platform Secret sp-ocm.verify-keys",
      "platform Secret sp-ocm.proxy-proxy",
      ...CHART,
      "target Secret images",
      "target Secret sp-ocm.ca-authorities",
    ]);
    assert.deepEqual(rendering.assumed.toSorted(), [
      "ConfigMap/authorities",
      "Secret/images",
      "Secret/keys",
      "Secret/proxy",
      "Secret/registry",
    ]);
    assert.deepEqual(
      objects.flatMap(({ reports }) => reports).filter(({ state }) => state !== "done"),
      [],
    );
  });

  it("judge a Secret of the files as a running provider does", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "registry" }, stringData: { any: "thing" } };

    const rendering = render(ocm("0.4.0"), config({ imagePullSecret: { name: "registry" } }), secret);

    assert.deepEqual([await blamed(rendering), rendering.assumed], [["PullSecretInvalid", "WaitingForChart"], []]);
  });

  it("are on a workload cluster where the settings say so", async () => {
    const [cluster, access] = await written(render(ocm("0.4.0"), config({ targetCluster: "Workload" })));

    assert.match(cluster ?? "", /^platform ClusterRequest .*--mcp-01--wl$/);
    assert.match(access ?? "", /^platform AccessRequest .*--mcp-01--wl$/);
  });

  it("leave out what an AccessRequest of the files does not grant", async () => {
    const access = {
      apiVersion: "clusters.openmcp.cloud/v1alpha1",
      kind: "AccessRequest",
      metadata: { name: "other", namespace: NAMESPACE },
    };

    // Somebody else's request changes nothing.
    assert.deepEqual(await written(render(ocm("0.4.0"), config({}), access)), [ACCESS, ...CHART]);
  });

  it("are none but the access for a version that is not on offer", async () => {
    const files = [ocm("9.9.9"), config({ versions: [{ version: "0.4.0" }] })];

    assert.deepEqual(await written(render(...files)), [ACCESS]);
    assert.deepEqual(await blamed(render(...files)), ["VersionNotOffered", "WaitingForChart"]);
  });

  it("are none for an object that its schema refuses, or that shall be left alone", async () => {
    const ignored = { ...ocm("0.4.0"), metadata: { name: "a", annotations: { "openmcp.cloud/operation": "ignore" } } };

    assert.deepEqual(await blamed(render(object("OCM", "a", { spec: {} }), config({}))), ["InvalidObject"]);
    assert.deepEqual(await blamed(render(ignored, config({}))), ["Ignored"]);
  });

  it("are rendered for the object that leads, if both API groups have one of a name", async () => {
    const all = await Array.fromAsync(render(ocm("1.0.0", EARLIER_GROUP), ocm("2.0.0"), config({})).objects);

    assert.deepEqual(
      all.map((one) => one.object.spec.version),
      ["2.0.0"],
    );
  });

  it("say what is wrong with the ProviderConfig", () => {
    const [invalid] = render(ocm("0.4.0"), config({ pollInterval: "often" })).config;
    const { problems, ignored } = render(ocm("0.4.0"), config({ imagePulSecret: {} }), object("Pod", "a", {}, "v1"));

    assert.deepEqual([invalid?.state, invalid?.reason], ["failed", "InvalidProviderConfig"]);
    assert.deepEqual(
      render(ocm("0.4.0")).config.map(({ state, reason }) => [state, reason]),
      [["waiting", "ProviderConfigNotFound"]],
    );
    assert.deepEqual(problems, [
      "ProviderConfig ocm: spec.imagePulSecret: found a field that the schema does not have",
    ]);
    assert.deepEqual(ignored, ["Pod/a"]);
  });

  it("cannot be rendered while it is open which ProviderConfig counts", () => {
    assert.throws(
      () => render(ocm("1"), config({}, "a"), config({}, "b")),
      /^Error: -f: found 2 ProviderConfigs \(.*\), expected one/,
    );
  });

  it("do not come from a text that has anything else", () => {
    const cases: readonly [string, RegExp][] = [
      ["a: [", /^Error: files: found no valid YAML or JSON \(line 1\)/],
      ["just text", /^Error: files: found something without apiVersion/],
    ];
    for (const [text, message] of cases) {
      const deps = { clock: new ManualClock(), log: createLogger({ level: "silent", pretty: false }) };
      const rendering = (): unknown =>
        renderOffline(definition, [{ origin: "files", text }], { ...deps, providerName: "ocm", namespace: "system" });

      assert.throws(rendering, message);
    }
  });
});
