import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease } from "../../flux/helm-release.ts";
import { buildOCIRepository } from "../../flux/oci-repository.ts";
import type { Secret } from "../../kube/core.ts";
import { SettingError, type Trust } from "../settings.ts";
import { tenantObjectsOf } from "../tenant-objects.ts";
import { trustCopyName } from "./chart-trust.ts";
import type { OperatorObjects } from "./operator-objects.ts";
import type { TrustPlan } from "./plan-trust.ts";
import { trustInUse } from "./trust-in-use.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const source = buildOCIRepository(objects.toolkit, {
  url: "oci://r.example/c",
  ref: { tag: "1" },
  interval: "1m",
  certSecretName: trustCopyName("ca", "authorities"),
  proxySecretName: trustCopyName("proxy", "exit"),
  verify: { provider: "cosign", secretName: trustCopyName("verify", "signers") },
});
const release = buildHelmRelease(objects.toolkit, {
  chartName: "c",
  releaseName: "r",
  targetNamespace: "n",
  kubeconfigSecret: "k",
  interval: "1m",
  values: { manager: { imagePullSecrets: [{ name: "images" }, { name: "older" }] } },
});
const trust: Trust = {
  caBundle: { kind: "Secret", name: "authorities", key: "ca.crt" },
  verify: { provider: "cosign", secretName: "signers" },
  proxySecret: "exit",
};
const ADDRESS = Buffer.from("http://proxy.example:3128").toString("base64");
const CERTIFICATE = pem("CERTIFICATE");

function pem(label: string): string {
  return Buffer.from(`-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`).toString("base64");
}

function secret(name: string, data: Secret["data"], type = "Opaque"): Secret {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, type, ...(data && { data }) };
}

const originals: readonly Secret[] = [
  secret("authorities", { "ca.crt": CERTIFICATE }),
  secret("signers", { "cosign.pub": pem("PUBLIC KEY") }),
  secret("exit", { address: ADDRESS }),
  secret("images", { ".dockerconfigjson": "e30=" }, "kubernetes.io/dockerconfigjson"),
];

const named = new Set(["authorities", "signers", "exit", "images", "others"]);

function namesOf(secrets: readonly Secret[]): readonly string[] {
  return secrets.map(({ metadata }) => metadata.name);
}

/** Knows what the settings name, as `takeKnown` does, and nothing else. */
function operatorWith(secrets: readonly Secret[]): OperatorObjects {
  const find = (name: string): Secret | undefined => {
    assert.ok(named.has(name), `nothing is known of ${name}`);
    return secrets.find(({ metadata }) => metadata.name === name);
  };
  return { namespace: "openmcp-system", secret: find, configMap: () => undefined };
}

/** Names of what is planned: for the chart, and beside the toolkit's pods. */
function namesIn({ chart, toolkit }: TrustPlan): { readonly chart: readonly string[]; readonly toolkit: unknown } {
  return { chart: namesOf(chart.copies), toolkit: "hindrance" in toolkit ? toolkit : namesOf(toolkit.secrets) };
}

const CHART = ["sp-ocm.ca-authorities", "sp-ocm.verify-signers", "sp-ocm.proxy-exit"];
const TOOLKIT = ["images", "sp-ocm.ca-authorities"];

describe("trustInUse", () => {
  const without = (gone: string): readonly Secret[] => originals.filter(({ metadata }) => metadata.name !== gone);
  const cases: readonly (readonly [string, Trust, readonly Secret[], ReturnType<typeof namesIn>])[] = [
    ["follows everything that is in use and there", trust, originals, { chart: CHART, toolkit: TOOLKIT }],
    ["follows nothing that is not named any more", {}, originals, { chart: [], toolkit: ["images"] }],
    [
      "leaves the copy of a bundle that is gone",
      trust,
      without("authorities"),
      { chart: CHART.slice(1), toolkit: ["images"] },
    ],
    [
      "leaves the copy of credentials that are gone",
      trust,
      without("images"),
      { chart: CHART, toolkit: TOOLKIT.slice(1) },
    ],
    [
      "adds nothing that the installation does without",
      { caBundle: { kind: "Secret", name: "others", key: "ca.crt" }, proxySecret: "others" },
      [...originals, secret("others", { "ca.crt": CERTIFICATE, address: ADDRESS })],
      { chart: [], toolkit: ["images"] },
    ],
    [
      "does not take keys of one verifier for those of another",
      { verify: { provider: "notation", secretName: "signers" } },
      originals,
      { chart: [], toolkit: ["images"] },
    ],
  ];
  for (const [what, settings, secrets, expected] of cases) {
    it(what, () => {
      const plan = trustInUse(settings, { source, release }, { operator: operatorWith(secrets), named, objects });

      assert.deepEqual(namesIn(plan), expected);
    });
  }

  it("never says that the others beside the toolkit's pods are not needed", () => {
    const { toolkit } = trustInUse({}, { source, release }, { operator: operatorWith([]), named, objects });

    assert.deepEqual(toolkit, { secrets: [], areAll: false });
  });

  it("refuses what is there and unfit", () => {
    const operator = operatorWith([secret("authorities", { "ca.crt": "bm9uZQ==" })]);

    assert.throws(() => trustInUse(trust, { source, release }, { operator, named, objects }), SettingError);
  });
});
