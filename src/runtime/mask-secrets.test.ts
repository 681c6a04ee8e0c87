import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import fc from "fast-check";

import { MARK, plantedTexts } from "../../test/support/planted-secrets.ts";
import { maskSecrets } from "./mask-secrets.ts";

/** Checks that no part of the text is masked. */
const ORDINARY = [
  'secret "x" not found',
  "tag=0.4.0",
  "UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:kc/chart Type:repository]]",
  "oci://ghcr.io/org/chart@sha256:25c360249aca1dccc68fac9958e77cb94d8588dc19d3cd95f68074948dce3e32",
  "pulling ghcr.io/org/secret-operator:0.4.0",
  "registry:5000/chart:0.4.0@sha256:25c3",
  `failed to get secret 'ns/oci-token': secrets "oci-token" not found`,
  `could not get KubeConfig secret 'rec-kubeconfig-missing/nowhere': secrets "nowhere" not found`,
  "spec.imagePullSecret.name: must NOT have fewer than 1 characters",
  `secrets "sp-ocm.pull" is forbidden: User "system:serviceaccount:a:b" cannot get resource "secrets"`,
  "pull access denied: authorization failed: no basic auth credentials",
  "invalid token: signature is invalid",
  'Www-Authenticate: Bearer realm="https://auth.docker.io/token",service="registry"',
  'Get "https://registry.example:443/v2/": dial tcp 10.0.0.1:443: i/o timeout; mail me@example.com',
  "Get http://source.flux-system.svc.cluster.local./chart.tar.gz: 404; chart chart@0.4.0+25c360249aca",
  "at file:///app/kubeconfig-secret.ts:31:5",
  "automountServiceAccountToken: false",
  `kubeconfig: there is no user "me"`,
  `kubeconfig: user "me": client-key-data must be PEM in base64`,
  "spec.valuesFrom[0].secretRef.name: ocm-values, secretName=ocm-values",
  "env: [map[name:DB_HOST value:db.example] map[name:DB_PASSWORD valueFrom:map[secretKeyRef:map[]]]]",
  "url=https%3A%2F%2Fghcr.io%2Forg%3A0.4.0 https%3A%2F%2Fregistry%3A5000%2Fv2",
  "// mail me@example.com",
  'spec.caBundleRef.key: found "x y", expected letters, digits, "-", "_" and "."',
];

const RECORDINGS = join(import.meta.dirname, "..", "..", "sim", "flux", "recordings");

function recordedMessages(): readonly string[] {
  return readdirSync(RECORDINGS).flatMap((file) => {
    const found = readFileSync(join(RECORDINGS, file), "utf8").matchAll(/"message": ("(?:[^"\\]|\\.)*")/g);
    return [...found].map(([, text = ""]) => JSON.parse(text) as string);
  });
}

describe("maskSecrets", () => {
  for (const text of ORDINARY) {
    it(`leaves as it is: ${text}`, () => {
      assert.equal(maskSecrets(text), text);
    });
  }

  it("leaves everything as it is that Flux has said in the recordings", () => {
    const messages = recordedMessages();

    assert.ok(messages.length > 300);
    assert.deepEqual(messages.map(maskSecrets), messages);
  });

  const masked = [
    ["client_secret=s3cr3t", "client_secret=***"],
    ['Get "https://a.example/b?se=1&sig=s3cr3t%3D&sp=r": dial tcp', 'Get "https://a.example/b?se=1&sig=***": dial tcp'],
    ['401: {"access_token":"s3cr3t","a":1}', '401: {"access_token":***,"a":1}'],
    ["address 'http://user:s3/cr3t@proxy.corp:3128'", "address 'http://***@proxy.corp:3128'"],
    ["address 'http://user:s3 cr3t@proxy.corp:3128'", "address 'http://***@proxy.corp:3128'"],
    ['parse "http://user:s3": invalid port ":s3" after host', 'parse "http://user:***": invalid port *** after host'],
    ["Authorization: Bearer x, retrying", "Authorization: Bearer ***, retrying"],
    ["docker --password s3cr3t pull", "docker --password *** pull"],
    ['{"token":null,"password":"s3cr3t"}', '{"token":null,"password":***}'],
    ["Cookie: a=1; sid=s3cr3t", "Cookie: ***"],
    ["<password>s3cr3t</password>", "<password>***>"],
    [
      "https://login.example/?to=https%3A%2F%2Fuser%3As3cr3t%40git.example",
      "https://login.example/?to=https%3A%2F%2F***%40git.example",
    ],
    [
      'Get "https://me:s3cr3t@git.example/x": 401: {"password":"s3@cr3t"}',
      'Get "https://***@git.example/x": 401: {"password":***}',
    ],
    ["url=https%3A%2F%2Fuser%3As3cr3t", "url=https%3A%2F%2Fuser%3A***"],
    ['parse "http://user:s3": invalid port ":s3', 'parse "http://user:***": invalid port ***'],
    ['Authorization: Digest username="me", response="s3cr3t"', "Authorization: ***"],
    ["kubeconfig: |\n  users:\n  - s3cr3t", "kubeconfig: ***"],
  ] as const;
  for (const [text, expected] of masked) {
    it(`makes ${JSON.stringify(expected)}`, () => {
      assert.equal(maskSecrets(text), expected);
    });
  }

  // A megabyte each: a pattern that looks back or ahead without a bound would take minutes.
  for (const [begin, unit] of [
    ["", 'token="'],
    ["", 'token="\\"'],
    ["", "basic "],
    ["", "token: "],
    ["", "a.-"],
    ["a", "25"],
    ["token=", ","],
    ["token=", "}"],
    ["x://a:b ", "1"],
  ] as const) {
    it(`finds a secret behind a megabyte of ${JSON.stringify(begin + unit)}`, () => {
      const text = `${begin}${unit.repeat(1_000_000 / unit.length)}x\npassword="${MARK}"`;

      assert.ok(!maskSecrets(text).includes(MARK));
    });
  }

  it("leaves no part of a secret in any shape", () => {
    fc.assert(
      fc.property(plantedTexts, (text) => !maskSecrets(text).includes(MARK)),
      { numRuns: 3_000 },
    );
  });

  it("changes nothing of what it has masked", () => {
    const anyText = fc.oneof(plantedTexts, fc.string({ unit: "grapheme", maxLength: 200 }));
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(maskSecrets(maskSecrets(text)), maskSecrets(text));
      }),
      { numRuns: 3_000 },
    );
  });
});
