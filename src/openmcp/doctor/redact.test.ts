import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { MARK, plantedTexts } from "../../../test/support/planted-secrets.ts";
import type { KubeObject } from "../../kube/object.ts";
import { redact, secretTexts, withoutKnown } from "./redact.ts";

const metadata = { name: "x", namespace: "mcp--1" };

/** The fields of an object that is shown. */
function shown(object: KubeObject): {
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly metadata: { readonly annotations?: unknown };
} {
  return JSON.parse(JSON.stringify(redact(object))) as ReturnType<typeof shown>;
}

function objectWith(more: Readonly<Record<string, unknown>>): KubeObject {
  return { apiVersion: "test.example/v1", kind: "Thing", metadata, ...more };
}

describe("redact", () => {
  it("leaves the keys of Secrets and ConfigMaps", () => {
    const data = { token: "YWJj", "ca.crt": "ZGVm" };
    const head = { apiVersion: "v1", metadata: { ...metadata, writers: [] }, keys: ["token", "ca.crt"] };

    assert.deepEqual(redact({ ...objectWith({ data, type: "Opaque" }), apiVersion: "v1", kind: "Secret" }), {
      ...head,
      kind: "Secret",
      type: "Opaque",
    });
    assert.deepEqual(redact({ ...objectWith({ data, immutable: true }), apiVersion: "v1", kind: "ConfigMap" }), {
      ...head,
      kind: "ConfigMap",
    });
  });

  it("leaves the place of values that anybody chooses", () => {
    const spec = { values: { manager: { replicas: 3, debug: true, greeting: "hello", list: ["a", null] } } };

    assert.deepEqual(shown(objectWith({ spec })).spec, {
      values: { manager: { replicas: "***", debug: true, greeting: "***", list: ["***", null] } },
    });
  });

  it("leaves what tells how an object is", () => {
    const status = { observedGeneration: 3, conditions: [{ type: "Ready", status: "True", message: "all is well" }] };
    const spec = { secretRef: { name: "pull" }, kubeConfig: { secretRef: { name: "access" } } };

    const { spec: shownSpec, status: shownStatus } = shown(objectWith({ spec, status }));

    assert.deepEqual([shownSpec, shownStatus], [spec, status]);
  });

  it("leaves annotations of the platform, of Flux and of the provider", () => {
    const annotations = {
      "openmcp.cloud/operation": "ignore",
      "reconcile.fluxcd.io/requestedAt": "now",
      "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"b"}}',
      "team.example/note": "pssst",
    };

    assert.deepEqual(shown({ ...objectWith({}), metadata: { ...metadata, annotations } }).metadata.annotations, {
      "openmcp.cloud/operation": "ignore",
      "reconcile.fluxcd.io/requestedAt": "now",
      "kubectl.kubernetes.io/last-applied-configuration": "***",
      "team.example/note": "***",
    });
  });

  it("leaves flags, and no words behind them", () => {
    const spec = { containers: [{ args: ["run", "--verbosity=INFO", "--password", "pssst"] }] };

    assert.deepEqual(shown(objectWith({ spec })).spec, {
      containers: [{ args: ["***", "--verbosity=INFO", "--password", "***"] }],
    });
  });

  it("leaves no secret in texts of other systems, wherever they stand", () => {
    fc.assert(
      fc.property(plantedTexts, (text) => {
        const condition = { type: "Ready", message: text };
        const object = {
          ...objectWith({
            spec: { note: text, password: text, list: [text] },
            status: { conditions: [condition], message: text },
          }),
          metadata: { ...metadata, annotations: { "openmcp.cloud/x": text, other: text }, labels: { a: text } },
        };

        assert.ok(!JSON.stringify(redact(object)).includes(MARK));
      }),
    );
  });
});

/** The texts of a Secret with this content. */
function texts(data: Readonly<Record<string, string>>): readonly string[] {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return secretTexts(objectWith({ data: Object.fromEntries(encoded) }));
}

describe("the texts of a Secret", () => {
  it("are its values, and the secrets in documents", () => {
    const auth = Buffer.from("puller:correct horse").toString("base64");
    const login = JSON.stringify({ auths: { "r.example": { auth, username: "puller" } } });
    const kubeconfig = "users:\n- name: u\n  user:\n    token: eyJhbGciOi.abc\n";

    const found = texts({ login, kubeconfig, password: "plain text\n", pin: "123" });

    for (const secret of ["correct horse", auth, "eyJhbGciOi.abc", "plain text", login]) {
      assert.ok(found.includes(secret), secret);
    }
    assert.ok(!found.includes("puller") && !found.includes("123"));
  });

  it("are replaced wherever they stand, also within JSON", () => {
    const known = texts({ password: 'say "x\ny"' });

    assert.equal(withoutKnown(JSON.stringify({ a: 'it is say "x\ny"!' }), known), '{"a":"it is ***!"}');
  });
});
