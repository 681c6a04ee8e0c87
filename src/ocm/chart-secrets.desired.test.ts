import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository } from "../flux/oci-repository.ts";
import type { OperatorObjects } from "../openmcp/service/definition.ts";
import type { ProviderConfig } from "./api/objects.ts";
import {
  type ChartSecrets,
  copyName,
  desiredChartSecrets,
  type Needs,
  needsInUse,
  needsOf,
} from "./chart-secrets.desired.ts";
import { SettingError } from "./settings.ts";
import { namesOf } from "./names.ts";
import { encode, operatorWith, pem, settingsOf } from "./testing/operator-objects.ts";
import { chooseOffer } from "./versions.ts";

type Spec = NonNullable<ProviderConfig["spec"]>;

const names = namesOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const secrets = {
  registry: { ".dockerconfigjson": "{}" },
  images: { ".dockerconfigjson": "{}" },
  authorities: { "ca.crt": pem("CERTIFICATE") },
  signers: { "cosign.pub": pem("PUBLIC KEY"), "cosign.key": pem("PRIVATE KEY") },
  exit: { address: "http://proxy.example:3128" },
};
const spec = {
  imagePullSecret: { name: "registry" },
  caBundleRef: { kind: "Secret", name: "authorities" },
  verify: { provider: "cosign", secretRef: { name: "signers" } },
  proxySecretRef: { name: "exit" },
  values: { manager: { imagePullSecrets: [{ name: "images" }] } },
} satisfies Spec;
const location = {
  secretName: "sp-ocm-registry",
  certSecretName: "sp-ocm.ca-authorities",
  verify: { provider: "cosign", secretName: "sp-ocm.verify-signers" },
  proxySecretName: "sp-ocm.proxy-exit",
} as const;

/** The needs of version 1 with these settings. */
function needsWith(settings: Spec): Needs {
  const { chart } = chooseOffer({ settings: settingsOf(settings) }, "1") ?? assert.fail("not on offer");
  return needsOf(chart, "1", settingsOf(settings));
}

function desiredWith(settings: Spec, operator: OperatorObjects): ChartSecrets {
  return desiredChartSecrets(needsWith(settings), operator, names);
}

describe("desiredChartSecrets", () => {
  it("are none where the settings name none", () => {
    assert.deepEqual(desiredWith({}, operatorWith({})), { copies: [], location: {} });
  });

  it("copy each object for its purpose, and the OCIRepository names the copies", () => {
    const { copies, location: found } = desiredWith(spec, operatorWith(secrets));

    assert.deepEqual(found, location);
    assert.deepEqual(
      copies.map(({ metadata, type, data }) => [metadata.name, type, Object.keys(data ?? {})]),
      [
        ["sp-ocm-registry", "kubernetes.io/dockerconfigjson", [".dockerconfigjson"]],
        ["sp-ocm.ca-authorities", "Opaque", ["ca.crt"]],
        ["sp-ocm.verify-signers", "Opaque", ["cosign.pub"]],
        ["sp-ocm.proxy-exit", "Opaque", ["address"]],
      ],
    );
    assert.deepEqual(copies[0], {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: names.namespace, name: "sp-ocm-registry", labels: names.labels },
      type: "kubernetes.io/dockerconfigjson",
      data: encode(secrets.registry),
    });
  });

  it("take the bundle from a ConfigMap as well", () => {
    const { copies } = desiredWith(
      { caBundleRef: { kind: "ConfigMap", name: "authorities" } },
      operatorWith({}, { configMaps: secrets }),
    );

    assert.deepEqual(copies[0]?.data, encode(secrets.authorities));
  });

  it("verify keyless without any copy", () => {
    const verify: Spec["verify"] = {
      provider: "cosign",
      matchOIDCIdentity: [{ issuer: "^https://issuer$", subject: "^me$" }],
    };

    assert.deepEqual(desiredWith({ verify }, operatorWith({})), { copies: [], location: { verify } });
  });

  const cases: readonly (readonly [string, Spec, OperatorObjects, SettingError["reason"], RegExp])[] = [
    ["a missing pull secret", spec, operatorWith({}), "PullSecretNotFound", /^spec\.imagePullSecret .* "registry"/],
    [
      "a missing pull secret of one version",
      { versions: [{ version: "1", chartPullSecret: "own" }] },
      operatorWith({}),
      "PullSecretNotFound",
      /^spec\.versions\[1\]\.chartPullSecret .* "own"/,
    ],
    [
      "a pull secret of another type",
      spec,
      operatorWith({ registry: { user: "topsecret" } }),
      "PullSecretInvalid",
      /spec\.imagePullSecret .* type "Opaque"/,
    ],
    [
      "a pull secret that cannot be read",
      spec,
      operatorWith({}, { unknown: ["registry"] }),
      "ReferenceUnreadable",
      /"registry"/,
    ],
    [
      "a missing bundle",
      { caBundleRef: { kind: "ConfigMap", name: "gone" } },
      operatorWith({}),
      "ReferenceNotFound",
      /^spec\.caBundleRef .* ConfigMap "gone"/,
    ],
    [
      "missing keys",
      { verify: { provider: "cosign", secretRef: { name: "gone" } } },
      operatorWith({}),
      "ReferenceNotFound",
      /^spec\.verify\.secretRef .* Secret "gone"/,
    ],
    [
      "keys for another verifier",
      { verify: { provider: "notation", secretRef: { name: "signers" } } },
      operatorWith(secrets),
      "ReferenceInvalid",
      /spec\.verify\.secretRef .* expected a key trustpolicy\.json/,
    ],
    [
      "a proxy without address",
      { proxySecretRef: { name: "signers" } },
      operatorWith(secrets),
      "ReferenceInvalid",
      /spec\.proxySecretRef .* expected a key address/,
    ],
  ];
  for (const [what, settings, operator, reason, message] of cases) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => desiredWith(settings, operator),
        (error) => error instanceof SettingError && error.reason === reason && message.test(error.message),
      );
    });
  }
});

describe("needsInUse", () => {
  const source = buildOCIRepository(names.toolkit, {
    url: "oci://r.example/c",
    ref: { tag: "1" },
    interval: "1m",
    ...location,
  });
  const release = buildHelmRelease(names.toolkit, {
    chartName: "c",
    releaseName: "r",
    targetNamespace: "n",
    kubeconfigSecret: "k",
    interval: "1m",
    values: { manager: { imagePullSecrets: [{ name: "images" }, { name: "older" }] } },
  });
  const purposes = ["pull", "ca", "verify", "proxy"] as const;

  function without(gone: keyof typeof secrets): OperatorObjects {
    const { [gone]: _gone, ...others } = secrets;
    return operatorWith(others);
  }

  /** Lists the names of the objects that are followed. */
  function followed(settings: Spec, operator: OperatorObjects): readonly string[] {
    const needs = needsInUse({ settings: settingsOf(settings), operator }, source, release);
    return [...purposes.flatMap((purpose) => needs[purpose] ?? []), ...needs.imagePullSecrets].map(({ name }) => name);
  }

  const all = ["registry", "authorities", "signers", "exit", "images"];
  const cases: readonly (readonly [string, Spec, OperatorObjects, readonly string[]])[] = [
    ["everything that is in use and exists", spec, operatorWith(secrets), all],
    ["nothing that no setting names any more", {}, operatorWith(secrets), []],
    [
      "the pull secret that one version on offer names",
      { versions: [{ version: "2", chartPullSecret: "registry" }] },
      operatorWith(secrets),
      ["registry"],
    ],
    ["no pull secret that is gone", spec, without("registry"), all.slice(1)],
    ["no bundle that is gone", spec, without("authorities"), all.filter((name) => name !== "authorities")],
    ["no image pull secret that is gone", spec, without("images"), all.slice(0, -1)],
    [
      "no object that cannot be read",
      spec,
      operatorWith(secrets, { unknown: ["registry", "signers", "images"] }),
      ["authorities", "exit"],
    ],
    [
      "nothing that the installation does without",
      {
        imagePullSecret: { name: "others" },
        caBundleRef: { kind: "Secret", name: "others" },
        proxySecretRef: { name: "others" },
      },
      operatorWith({ ...secrets, others: { ...secrets.registry, ...secrets.authorities, ...secrets.exit } }),
      [],
    ],
    [
      "no keys of another verifier",
      { verify: { provider: "notation", secretRef: { name: "signers" } } },
      operatorWith(secrets),
      [],
    ],
  ];
  for (const [what, settings, operator, expected] of cases) {
    it(`follows ${what}`, () => {
      assert.deepEqual(followed(settings, operator), expected);
    });
  }

  it("never excludes that the installation needs further objects", () => {
    const operator = operatorWith(secrets);

    assert.equal(needsInUse({ settings: settingsOf(spec), operator }, source, release).isComplete, false);
    assert.equal(needsWith(spec).isComplete, true);
  });
});

describe("names of copies", () => {
  it("are short, and no copy for another purpose has the name of a pull secret's copy", () => {
    const long = "x".repeat(300);

    assert.ok(!copyName("ca", long).startsWith(copyName("pull", "").slice(0, 7)));
    assert.ok(copyName("ca", long).length <= 63);
  });
});
