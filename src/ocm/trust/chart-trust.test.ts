import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { ProviderConfig } from "../api/objects.ts";
import { readSettings, SettingError } from "../settings.ts";
import { pullSecretCopyName, tenantObjectsOf } from "../tenant-objects.ts";
import { planChartTrust, trustCopyName, type ChartTrust } from "./chart-trust.ts";
import type { OperatorObjects } from "./operator-objects.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const PEM = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n";

const KEY = block("PRIVATE KEY");
const PUBLIC = block("PUBLIC KEY");
const POLICY = '{"version":"1.0","trustPolicies":[]}';

function block(label: string): string {
  return `-----BEGIN ${label}-----\nTUlJQg==\n-----END ${label}-----\n`;
}

function encode(data: Readonly<Record<string, string>>): NonNullable<Secret["data"]> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)]));
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function operatorWith(
  secretData: Readonly<Record<string, Secret["data"]>>,
  configMapData: Readonly<Record<string, ConfigMap["data"]>> = {},
): OperatorObjects {
  return {
    namespace: "openmcp-system",
    secret: (name) => {
      const data = secretData[name];
      return data && { apiVersion: "v1", kind: "Secret", metadata: { name }, data };
    },
    configMap: (name) => {
      const data = configMapData[name];
      return data && { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
    },
  };
}

function plan(spec: NonNullable<ProviderConfig["spec"]>, operator: OperatorObjects): ChartTrust {
  const head = { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "ProviderConfig", metadata: { name: "ocm" } };
  return planChartTrust(readSettings({ ...head, spec }).trust, operator, objects);
}

describe("planChartTrust", () => {
  it("needs nothing where nothing is set", () => {
    assert.deepEqual(plan({}, operatorWith({})), { copies: [], location: {} });
  });

  it("copies certificates of a ConfigMap or a Secret, whatever their key, to where Flux looks for them", () => {
    const operator = operatorWith({ ca: { "tls.pem": base64(PEM), "tls.key": "c2VjcmV0" } }, { ca: { "ca.crt": PEM } });

    const fromConfigMap = plan({ caBundleRef: { kind: "ConfigMap", name: "ca" } }, operator);
    const fromSecret = plan({ caBundleRef: { kind: "Secret", name: "ca", key: "tls.pem" } }, operator);

    assert.deepEqual(fromConfigMap.location, { certSecretName: "sp-ocm.ca-ca" });
    assert.deepEqual(fromConfigMap.copies, [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: objects.namespace, name: "sp-ocm.ca-ca", labels: objects.labels },
        type: "Opaque",
        data: { "ca.crt": base64(PEM) },
      },
    ]);
    assert.deepEqual(fromSecret, fromConfigMap);
  });

  it("copies of each Secret only the keys that serve its purpose", () => {
    const keys = encode({ "one.pub": "a", "trustpolicy.json": POLICY, "root.crt": PEM, "cosign.key": "private" });
    const address = encode({ address: "http://proxy:3128", username: "u", password: "p", other: "o" });

    const { copies, location } = plan(
      { verify: { provider: "notation", secretRef: { name: "keys" } }, proxySecretRef: { name: "proxy" } },
      operatorWith({ keys, proxy: address }),
    );

    assert.deepEqual(
      copies.map(({ data }) => Object.keys(data ?? {})),
      [
        ["trustpolicy.json", "root.crt"],
        ["address", "username", "password"],
      ],
    );
    assert.deepEqual(location, {
      verify: { provider: "notation", secretName: "sp-ocm.verify-keys" },
      proxySecretName: "sp-ocm.proxy-proxy",
    });
  });

  const ca = { caBundleRef: { kind: "Secret", name: "x", key: "x" } } as const;
  const cosign = { verify: { provider: "cosign", secretRef: { name: "x" } } } as const;
  const notation = { verify: { provider: "notation", secretRef: { name: "x" } } } as const;
  const proxy = { proxySecretRef: { name: "x" } };
  const reduced = [
    ["a bundle with a private key", ca, { x: PEM + KEY }, { "ca.crt": PEM }],
    ["a bundle with a private key in front", ca, { x: `${KEY}\n${PEM}` }, { "ca.crt": PEM }],
    ["a bundle with comments", ca, { x: `subject=x\n${PEM}# password: x\n${PEM}` }, { "ca.crt": PEM + PEM }],
    ["a bundle with a key inside of a certificate", ca, { x: PEM + PEM.replace("TUl", KEY) }, { "ca.crt": PEM }],
    ["a bundle with a key under another label", ca, { x: PEM + block("EC PARAMETERS") + KEY }, { "ca.crt": PEM }],
    [
      "a bundle with Windows line ends",
      ca,
      { x: PEM.replaceAll("\n", "\r\n") + KEY },
      { "ca.crt": `${PEM.replaceAll("\n", "\r\n").trimEnd()}\n` },
    ],
    ["a key pair", cosign, { "a.pub": KEY + PUBLIC }, { "a.pub": PUBLIC }],
    ["a private key beside a public one", cosign, { "a.pub": PUBLIC, "b.pub": KEY }, { "a.pub": PUBLIC }],
    [
      "certificates with keys",
      notation,
      { "trustpolicy.json": '{"version":"1.0","trustPolicies":[],"token":"x"}', "a.pem": KEY + PEM, "b.crt": KEY },
      { "trustpolicy.json": POLICY, "a.pem": PEM },
    ],
    [
      "an address with a line end",
      proxy,
      { address: "http://u:p%20@proxy:1/\n" },
      { address: "http://u:p%20@proxy:1/" },
    ],
    [
      "more than a login",
      proxy,
      { address: "socks5://[::1]:1", password: "p /", "tls.key": KEY },
      { address: "socks5://[::1]:1", password: "p /" },
    ],
  ] as const;
  for (const [what, spec, data, expected] of reduced) {
    it(`copies only what is needed of ${what}`, () => {
      const { copies } = plan(spec, operatorWith({ x: encode(data) }));

      assert.deepEqual(
        copies.map((copy) => copy.data),
        [encode(expected)],
      );
    });
  }

  const refused = [
    ["a bundle of keys", ca, { x: KEY }],
    ["a bundle that is cut", ca, { x: PEM.slice(0, -3) }],
    ["a private key as public one", cosign, { "a.pub": KEY }],
    ["text as a public key", cosign, { "a.pub": "s3cr3t" }],
    ["a policy that is no JSON", notation, { "trustpolicy.json": "s3cr3t" }],
    ["a policy without policies", notation, { "trustpolicy.json": '{"a":"s3cr3t"}' }],
    ...[
      "http://user:s3/cr3t@proxy:3128",
      "http://user:s3 cr3t@proxy:3128",
      "http://user:s3#cr3t@proxy:3128",
      "http://user:s3?cr3t@proxy:3128",
      "http://user:s3%cr3t@proxy:3128",
      "user:s3cr3t@proxy:3128",
      "ftp://user:s3cr3t@proxy:3128",
      "",
    ].map((address) => [`the address ${address}`, proxy, { address }] as const),
  ] as const;
  for (const [what, spec, data] of refused) {
    it(`refuses ${what}, and quotes nothing of it`, () => {
      assert.throws(
        () => plan(spec, operatorWith({ x: encode(data) })),
        (error) =>
          error instanceof SettingError && error.reason === "ReferenceInvalid" && !/s3|cr3t|TUl/.test(error.message),
      );
    });
  }

  it("verifies keyless without any copy", () => {
    const matchOIDCIdentity = [{ issuer: "^https://issuer$", subject: "^me$" }];

    assert.deepEqual(plan({ verify: { provider: "cosign", matchOIDCIdentity } }, operatorWith({})), {
      copies: [],
      location: { verify: { provider: "cosign", matchOIDCIdentity } },
    });
  });

  const cases = [
    [
      "a bundle that is missing",
      { caBundleRef: { kind: "ConfigMap", name: "gone" } },
      /spec\.caBundleRef .* ConfigMap "gone", which does not exist in namespace "openmcp-system"/,
    ],
    [
      "a bundle without the key",
      { caBundleRef: { kind: "Secret", name: "bad", key: "x" } },
      /has no key x, expected one or more certificates in PEM/,
    ],
    [
      "a bundle without a certificate",
      { caBundleRef: { kind: "Secret", name: "bad" } },
      /has no certificate under key ca\.crt/,
    ],
    [
      "keys that are missing",
      { verify: { provider: "cosign", secretRef: { name: "gone" } } },
      /spec\.verify\.secretRef .* Secret "gone"/,
    ],
    [
      "keys of no use",
      { verify: { provider: "cosign", secretRef: { name: "bad" } } },
      /spec\.verify\.secretRef .* expected a key that ends in \.pub/,
    ],
    [
      "keys without a policy",
      { verify: { provider: "notation", secretRef: { name: "bad" } } },
      /spec\.verify\.secretRef .* expected a key trustpolicy\.json/,
    ],
    ["a proxy without address", { proxySecretRef: { name: "bad" } }, /spec\.proxySecretRef .* expected a key address/],
  ] as const;
  for (const [what, spec, message] of cases) {
    it(`refuses ${what}, and shows nothing of the content`, () => {
      const operator = operatorWith({ bad: { "ca.crt": base64("topsecret") } });

      assert.throws(
        () => plan(spec, operator),
        (error) => error instanceof Error && message.test(error.message) && !error.message.includes("topsecret"),
      );
    });
  }

  it("takes no name that the copy of a pull secret can have", () => {
    assert.ok(!trustCopyName("ca", "x".repeat(300)).startsWith(pullSecretCopyName("").slice(0, 7)));
    assert.ok(trustCopyName("ca", "x".repeat(300)).length <= 63);
  });
});
