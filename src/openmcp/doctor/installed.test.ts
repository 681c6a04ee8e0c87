import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { CustomResourceDefinition } from "../../kube/core.ts";
import type { ServiceProvider } from "../platform/kinds.ts";
import type { ProviderCrd } from "../platform/read-crd.ts";
import { type CrdSight, judgeCrd, judgeRegistration } from "./installed.ts";

function crdWith(...fields: readonly string[]): ProviderCrd {
  const spec = { type: "object", properties: Object.fromEntries(fields.map((name) => [name, { type: "string" }])) };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  const version = { name: "v1", served: true, storage: true, schema };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.test.example" },
    spec: {
      group: "test.example",
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [version],
    },
  };
}

const own = crdWith("size", "colour");

function live(
  status: CustomResourceDefinition["status"] = {},
  metadata: Partial<CustomResourceDefinition["metadata"]> = {},
): CustomResourceDefinition {
  const {
    metadata: { name },
    ...rest
  } = own;
  return { ...rest, metadata: { name, ...metadata }, status };
}

const refused = {
  type: "NamesAccepted",
  status: "False",
  reason: "Conflict",
  message: '"Thing" is taken',
  lastTransitionTime: "",
} as const;

describe("judgeCrd", () => {
  const cases: readonly (Partial<CrdSight> & {
    readonly name: string;
    readonly level?: string;
    readonly words?: RegExp;
  })[] = [
    { name: "is content with one that is served", live: live({ storedVersions: ["v1"] }) },
    { name: "is content with one that is served and may not be read", live: "unreadable" },
    { name: "refuses one that is not there", live: undefined, level: "failed", words: /does not exist/u },
    { name: "refuses one that is not served", live: live(), isServed: false, level: "failed", words: /not served/u },
    { name: "refuses one that may not be read", live: "unreadable", isServed: false, level: "failed" },
    {
      name: "refuses one that is being deleted",
      live: live({}, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      level: "failed",
      words: /being deleted/u,
    },
    {
      name: "refuses one whose names are taken",
      live: live({ conditions: [refused] }),
      level: "failed",
      words: /is taken/u,
    },
    {
      name: "warns of objects that are stored in another version",
      live: live({ storedVersions: ["v0", "v1"] }),
      level: "warning",
      words: /stored as v0/u,
    },
    {
      name: "warns of one that lacks fields",
      own: crdWith("size", "colour", "weight"),
      live: live(),
      level: "warning",
      words: /lacks spec\.weight/u,
    },
  ];
  for (const { name, level, words = /./u, ...sight } of cases) {
    it(name, () => {
      const [finding] = judgeCrd({ own, isServed: true, live: undefined, ...sight });

      assert.equal(finding?.level, level);
      assert.match(finding?.found ?? "-", words);
    });
  }
});

function withStatus(status: ServiceProvider["status"]): ServiceProvider {
  return { apiVersion: "v1", kind: "ServiceProvider", metadata: { name: "test" }, ...(status && { status }) };
}

describe("judgeRegistration", () => {
  const kinds = [{ group: "test.example", version: "v1", kind: "Thing" }];
  const cases = [
    { name: "no ServiceProvider", provider: undefined, level: "failed" },
    { name: "one without a status", provider: withStatus(undefined), level: "failed" },
    {
      name: "one with another version",
      provider: withStatus({ resources: [{ group: "test.example", version: "v2", kind: "Thing" }] }),
      level: "failed",
    },
    {
      name: "one that is not ready",
      provider: withStatus({ resources: kinds, phase: "Progressing" }),
      level: "warning",
    },
    { name: "one that has registered them", provider: withStatus({ resources: kinds, phase: "Ready" }), level: "ok" },
  ];
  for (const { name, provider, level } of cases) {
    it(`finds ${name} ${level}`, () => {
      assert.equal(judgeRegistration(provider, { name: "test", kinds })[0]?.level, level);
    });
  }
});
