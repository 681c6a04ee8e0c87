import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { isJsonObject } from "../../sim/json.ts";
import type { Obj } from "../../sim/object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../sim/value-at.ts";
import { providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";
import type { ProviderConfig } from "../../src/ocm/api/objects.ts";
import { configMapsOf, readSettings, secretsOf } from "../../src/ocm/settings.ts";
import { trusted } from "../../sim/trusted.ts";
import { manifests, readManifest } from "../support/manifests.ts";

const VERSION = readFileSync("VERSION", "utf8").trim();
const IMAGE = "ghcr.io/open-component-model/images/service-provider-ocm";
const FULL = "provider-config-full.yaml";
const objects = manifests.flatMap((name) => readManifest(name).map((object) => ({ name, object })));

/** The labels of a pod that openmcp-operator makes for `run` of a ServiceProvider. */
const POD_LABELS: Readonly<Record<string, string>> = {
  "app.kubernetes.io/managed-by": "openmcp-operator",
  "app.kubernetes.io/name": "ServiceProvider",
  "app.kubernetes.io/instance": "ocm",
  "app.kubernetes.io/component": "controller",
};

function ofKind(kind: string): readonly Obj[] {
  return objects.filter(({ object }) => object.kind === kind).map(({ object }) => object);
}

function only(kind: string): Obj {
  const [object, ...others] = ofKind(kind);
  assert.ok(object !== undefined && others.length === 0, `one ${kind}`);
  return object;
}

/** The names of a schema's fields, those of its fields included. */
function fieldsOf(schema: unknown): readonly string[] {
  const inside = [...Object.values(objectAt(schema, "properties")), valueAt(schema, "items")].filter((part) =>
    isJsonObject(part),
  );
  return [...Object.keys(objectAt(schema, "properties")), ...inside.flatMap((part) => fieldsOf(part))];
}

describe("deploy/", () => {
  it("runs the image of this version", () => {
    const [container] = listAt(only("Deployment"), "spec", "template", "spec", "containers");
    const images = [...ofKind("ServiceProvider").map(({ spec }) => spec), container].map((one) => textAt(one, "image"));

    assert.deepEqual(new Set(images), new Set([`${IMAGE}:${VERSION}`]));
  });

  it("gives a ProviderConfig the name of the ServiceProvider, and puts all else into the operator's namespace", () => {
    const providers = [...ofKind("ServiceProvider"), ...ofKind("ProviderConfig")];
    const namespaces = objects.map(({ object }) => object.metadata.namespace);

    assert.deepEqual(new Set(providers.map(({ metadata }) => metadata.name)), new Set(["ocm"]));
    assert.deepEqual(new Set(namespaces), new Set([undefined, "openmcp-system", only("OCM").metadata.namespace]));
  });

  it("selects the pods that the operator makes", () => {
    const budget = objectAt(only("PodDisruptionBudget"), "spec", "selector", "matchLabels");
    const service = objectAt(only("Service"), "spec", "selector");
    const policy = objectAt(only("NetworkPolicy"), "spec", "podSelector", "matchLabels");
    const { "app.kubernetes.io/component": _, ...labelsOfInitAndRun } = POD_LABELS;

    const { "sharding.fluxcd.io/key": _key, ...labelsOfShard } = objectAt(
      only("Deployment"),
      "spec",
      "template",
      "metadata",
      "labels",
    );

    assert.deepEqual(labelsOfShard, POD_LABELS);
    assert.deepEqual(budget, POD_LABELS);
    assert.deepEqual(service, POD_LABELS);
    assert.deepEqual(policy, labelsOfInitAndRun);
  });

  it("is what docs/install.md lists", () => {
    const listed = readFileSync("docs/install.md", "utf8").matchAll(/^\| \[([\w-]+\.yaml)\]/gmu);

    assert.deepEqual(new Set(Array.from(listed, ([, name]) => name)), new Set(manifests));
  });

  it("means one port of the metrics everywhere", () => {
    const production = readManifest("service-provider-production.yaml");
    const [served] = listAt(production[0], "spec", "runCommand").flatMap(
      (arg) => /metrics.*:(\d+)$/u.exec(String(arg))?.[1] ?? [],
    );
    const [rule] = listAt(only("NetworkPolicy"), "spec", "ingress");
    const [allowed] = listAt(rule, "ports").map((port) => valueAt(port, "port"));
    const [reached] = listAt(only("Service"), "spec", "ports").map((port) => valueAt(port, "targetPort"));

    assert.deepEqual([allowed, reached], [Number(served), Number(served)]);
  });
});

describe(`deploy/${FULL}`, () => {
  const text = readFileSync(`deploy/${FULL}`, "utf8");
  const [config, ...others] = readManifest(FULL);
  const spec = providerConfigCrds[0]?.spec.versions[0]?.schema.openAPIV3Schema.properties.spec;

  it("shows every field of a ProviderConfig, or names it where another one excludes it", () => {
    const missing = fieldsOf(spec).filter((field) => !new RegExp(`\\b${field}\\b`, "u").test(text));

    assert.deepEqual(missing, []);
  });

  it("explains each field of the spec on the line above it, or beside it", () => {
    const lines = text.split("\n");
    const unexplained = Object.keys(objectAt(config, "spec")).filter((field) => {
      const at = lines.findIndex((line) => line.startsWith(`  ${field}:`));
      return !(lines[at - 1] ?? "").startsWith("  #") && !(lines[at] ?? "").includes(" # ");
    });

    assert.deepEqual(unexplained, []);
  });

  it("has each Secret, ConfigMap and Discovery beside it that it names, and no other", () => {
    const settings = readSettings(trusted<ProviderConfig>(config));
    const named = [
      ...[...secretsOf(settings)].map((name) => `Secret ${name}`),
      ...[...configMapsOf(settings)].map((name) => `ConfigMap ${name}`),
      `Discovery ${settings.versionsFrom?.name}`,
    ];

    assert.deepEqual(others.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted(), named.toSorted());
  });
});
