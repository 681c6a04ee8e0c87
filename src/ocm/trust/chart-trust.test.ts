import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ConfigMap, Secret } from "../../kube/core.ts";
import { pullSecretCopyName, tenantObjectsOf } from "../tenant-objects.ts";
import { planChartTrust, trustCopyName, type ChartTrust } from "./chart-trust.ts";
import type { OperatorObjects } from "./operator-objects.ts";
import { readTrust } from "./trust.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const PEM = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n";

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

function plan(spec: Parameters<typeof readTrust>[0], operator: OperatorObjects): ChartTrust {
  return planChartTrust(readTrust(spec), operator, objects);
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
    const keys = { "one.pub": "a", "trustpolicy.json": "b", "root.crt": "c", "cosign.key": "private" };
    const address = { address: "a", username: "u", password: "p", other: "o" };

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

describe("readTrust", () => {
  it("refuses notation without keys, as the schema does", () => {
    assert.throws(() => readTrust({ verify: { provider: "notation" } }), /spec\.verify: found no secretRef/);
  });
});
