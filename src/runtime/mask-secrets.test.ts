import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import fc from "fast-check";

import { MARK, plantedTexts } from "../../test/support/planted-secrets.ts";
import { maskSecrets } from "./mask-secrets.ts";

/** Nothing in it is hidden. */
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
    ["kubeconfig: |\n  users:\n  - s3cr3t", "kubeconfig: ***"],
  ] as const;
  for (const [text, expected] of masked) {
    it(`makes ${JSON.stringify(expected)}`, () => {
      assert.equal(maskSecrets(text), expected);
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
