import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { maskObject, maskValue } from "./mask-object.ts";

describe("maskObject", () => {
  it("shows of a Secret's data the keys alone", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a" },
      type: "Opaque",
      data: { user: "YQ==" },
    };

    assert.deepEqual(maskObject(secret), { ...secret, data: { user: "***" } });
  });

  it("shows the data of any other object", () => {
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { user: "a" } };

    assert.deepEqual(maskObject(config), config);
  });
});

describe("maskValue", () => {
  const rows: readonly [string, unknown, unknown][] = [
    ["a password", { password: "hunter2" }, { password: "***" }],
    [
      "all below the name of a secret",
      { credentials: { user: "a", more: ["b"] } },
      { credentials: { user: "***", more: ["***"] } },
    ],
    ["a number", { pin: 1, apiToken: 1234 }, { pin: 1, apiToken: "***" }],
    [
      "a variable of that name",
      { env: [{ name: "DB_PASSWORD", value: "hunter2" }] },
      { env: [{ name: "DB_PASSWORD", value: "***" }] },
    ],
    [
      "the argument after a flag of that name",
      ["--a", "b", "--password", "hunter2"],
      ["--a", "b", "--password", "***"],
    ],
    ["the login of a URL", { proxy: "http://a:b@example.com" }, { proxy: "http://***@example.com" }],
    ["JSON in a text", { patch: '{"password":"hunter2","a":1}' }, { patch: '{"password":"***","a":1}' }],
  ];
  for (const [name, value, expected] of rows) {
    it(`masks ${name}`, () => {
      assert.deepEqual(maskValue(value), expected);
    });
  }

  const harmless: readonly [string, unknown][] = [
    ["references to Secrets", { secretRef: { name: "a", key: "kubeconfig" }, imagePullSecrets: [{ name: "b" }] }],
    ["volumes of Secrets", { volumes: [{ name: "v", secret: { secretName: "s", optional: true } }] }],
    ["other variables", { env: [{ name: "A", value: "b" }] }],
    ["flags without a value", ["--token", "--verbose", "yes"]],
    ["switches", { secret: { create: false }, password: "" }],
  ];
  for (const [name, value] of harmless) {
    it(`shows ${name}`, () => {
      assert.deepEqual(maskValue(value), value);
    });
  }
});
