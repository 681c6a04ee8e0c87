import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { SimClient } from "../../sim/client.ts";
import type { JsonObject } from "../../sim/json.ts";
import type { Obj } from "../../sim/object.ts";
import { type Chart, readSettings } from "../../src/ocm/settings.ts";
import { chooseOffer } from "../../src/ocm/versions.ts";
import { awaitPresent } from "../support/await-object.ts";
import { ref, namespaceOf } from "../support/kinds.ts";
import { writeWhenTaken } from "../support/lax-schema.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { prepare, startWorld, type World } from "../support/world.ts";

const CURRENT = "ocm.services.open-control-plane.io";
const GROUPS = [CURRENT, "ocm.services.openmcp.cloud"];
const DEFAULT_URL = "oci://ghcr.io/open-component-model/kubernetes/controller/chart";
const NAMESPACE = "project-x--ws-y";

const values = { manager: { concurrency: { resource: 10 } } };
const common = { chartURL: "r.example/chart", pollInterval: "5m", imagePullSecret: { name: "pull" }, values };

/** What each provider calls the same settings for version 0.4.0. */
const manifests = {
  "of the Go provider's first API": common,
  "of the Go provider's later API": {
    pollInterval: "5m",
    versions: [
      {
        version: "0.4.0",
        chartVersion: "0.4.0",
        chartURL: "oci://r.example/chart",
        chartPullSecret: "pull",
        helmValues: values,
      },
    ],
  },
  "of ours": { ...common, versions: [{ version: "0.4.0" }] },
};

/** Settings that the schema of the Go provider's later API lets in. */
const stored = {
  plain: { versions: [{ version: "0.4.0", chartVersion: "0.4.0" }] },
  "without-a-login": { versions: [{ version: "0.4.0", chartVersion: "0.4.0", chartPullSecret: "" }] },
  odd: {
    versions: [
      { version: "", chartVersion: "" },
      { version: "0.4 (LTS)", chartVersion: "0.4.0", helmValues: {} },
      { version: "x".repeat(300), chartVersion: "y".repeat(300), chartURL: "http://r.example/", chartPullSecret: "z" },
    ],
  },
};

/** Versions that the schema lets in there. */
const storedVersions: Readonly<Record<string, string>> = { plain: "0.4.0", odd: "0.4 (LTS)", empty: "" };

/** A status that the schema of the Go provider lets in. */
const statusOfGo = {
  observedGeneration: 1,
  phase: "Ready",
  resources: [{ kind: "HelmRelease", name: "sp-ocm-k8s-toolkit", phase: "Unknown" }],
};

const text = { type: "string" };
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** What the CRDs of the Go provider's version 0.4.0 demand and fill in. */
const ocmCrdOfGo = crdOf(
  { kind: "OCM", scope: "Namespaced" },
  {
    spec: { type: "object", required: ["version"], properties: { version: text } },
    status: { ...anything, required: ["observedGeneration", "phase"] },
  },
);
const configCrdOfGo = crdOf(
  { kind: "ProviderConfig", scope: "Cluster" },
  {
    spec: {
      type: "object",
      required: ["versions"],
      properties: {
        pollInterval: { ...text, format: "duration", default: "1m" },
        versions: {
          type: "array",
          minItems: 1,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["version"],
          items: {
            type: "object",
            required: ["version", "chartVersion"],
            properties: {
              version: text,
              chartVersion: text,
              chartURL: { ...text, default: DEFAULT_URL },
              chartPullSecret: text,
              helmValues: { "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    },
    status: anything,
  },
);

describe("manifests for the Go provider", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await world.onboarding.create(namespaceOf(NAMESPACE));
    await serve(world.onboarding, ocmCrdOfGo);
    await serve(world.platform, configCrdOfGo);
    for (const [name, spec] of Object.entries(stored)) {
      await writeWhenTaken(() => world.platform.create(configOf(CURRENT, name, spec)));
      await world.platform.status(configRef(CURRENT, name), { conditions: [] });
    }
    for (const [name, version] of Object.entries(storedVersions)) {
      await writeWhenTaken(() => world.onboarding.create(ocmOf(CURRENT, name, version)));
      await world.onboarding.status(ocmRef(CURRENT, name), statusOfGo);
    }
    await prepare(world);
  });
  after(() => world.stop());

  for (const name of Object.keys(stored)) {
    it(`stay changeable when they were stored before: ProviderConfig ${name}`, async () => {
      const found = await world.platform.get<ServiceObj>(configRef(CURRENT, name));

      await world.platform.patchMerge(configRef(CURRENT, name), { spec: { pollInterval: "2m" } });
      await world.platform.status(configRef(CURRENT, name), { observedGeneration: 2, phase: "Ready" });

      const { spec } = await world.platform.get<ServiceObj>(configRef(CURRENT, name));
      assert.deepEqual(spec?.["versions"], found.spec?.["versions"]);
    });
  }

  for (const name of Object.keys(storedVersions)) {
    it(`stay changeable when they were stored before: OCM ${name}`, async () => {
      await world.onboarding.patchMerge(ocmRef(CURRENT, name), { metadata: { labels: { changed: "true" } } });
      await world.onboarding.patchMerge(ocmRef(CURRENT, name), { metadata: { finalizers: null } });

      const { status, spec } = await world.onboarding.get<ServiceObj>(ocmRef(CURRENT, name));
      assert.equal(spec?.["version"], storedVersions[name]);
      assert.deepEqual(status, statusOfGo);
    });
  }

  it("mean the same when they were stored before, with the defaults that were filled in", async () => {
    const meant = await Promise.all(
      ["plain", "without-a-login"].map(async (name) => meaningOf(await world.platform.get(configRef(CURRENT, name)))),
    );

    for (const chart of meant) {
      assert.deepEqual(chart, { url: DEFAULT_URL, version: { text: "0.4.0", ref: { tag: "0.4.0" } } });
    }
  });

  for (const group of GROUPS) {
    for (const [what, spec] of Object.entries(manifests)) {
      it(`are taken and mean the same in the group ${group}: one ${what}`, async () => {
        const config = await world.platform.create(configOf(group, nameOf(what), spec));

        assert.equal(readSettings(config).pollIntervalMs, 300_000);
        assert.deepEqual(meaningOf(config), {
          url: "oci://r.example/chart",
          version: { text: "0.4.0", ref: { tag: "0.4.0" } },
          pullSecret: "pull",
          values,
        });
      });
    }

    it(`are taken in the group ${group} whatever they hold`, async () => {
      for (const [name, spec] of Object.entries(stored)) {
        await world.platform.create(configOf(group, `new-${name}`, spec));
        await world.platform.status(configRef(group, `new-${name}`), { conditions: [] });
      }
      for (const [name, version] of Object.entries(storedVersions)) {
        await world.onboarding.create(ocmOf(group, `new-${name}`, version));
        await world.onboarding.status(ocmRef(group, `new-${name}`), statusOfGo);
      }
    });
  }
});

function configRef(group: string, name: string): ReturnType<typeof ref> {
  return { ...ref("providerConfig", name), apiVersion: `${group}/v1alpha1` };
}

function configOf(group: string, name: string, spec: object): Obj {
  return { apiVersion: `${group}/v1alpha1`, kind: "ProviderConfig", metadata: { name }, spec };
}

function ocmRef(group: string, name: string): ReturnType<typeof ref> {
  return { ...ref("ocm", name, NAMESPACE), apiVersion: `${group}/v1alpha1` };
}

function ocmOf(group: string, name: string, version: string): Obj {
  const finalizers = [`${group}/finalizer`];
  return {
    apiVersion: `${group}/v1alpha1`,
    kind: "OCM",
    metadata: { name, namespace: NAMESPACE, finalizers },
    spec: { version },
  };
}

function nameOf(what: string): string {
  return what.replaceAll(/\W+/gu, "-").toLowerCase();
}

function meaningOf(config: Obj): Chart | undefined {
  return chooseOffer({ settings: readSettings(config) }, "0.4.0")?.chart;
}

async function serve(client: SimClient, crd: Obj): Promise<void> {
  await client.create(crd);
  await awaitPresent(client, ref("crd", crd.metadata.name), isEstablished, { what: `${crd.metadata.name} is served` });
}

function isEstablished(crd: ServiceObj): boolean {
  return conditionOf(crd, "Established")?.status === "True";
}

function crdOf({ kind, scope }: { readonly kind: string; readonly scope: string }, properties: JsonObject): Obj {
  const plural = `${kind.toLowerCase()}s`;
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const schema = { openAPIV3Schema: { type: "object", required: ["spec"], properties } };
  const version = { name: "v1alpha1", served: true, storage: true, subresources: { status: {} }, schema };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${CURRENT}` },
    spec: { group: CURRENT, scope, names, versions: [version] },
  };
}
