import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { OperatorObjects } from "../openmcp/service/definition.ts";
import type { ProviderConfig } from "./api/objects.ts";
import { type Needs, needsOf } from "./chart-secrets.desired.ts";
import { parseChartVersion } from "./settings.ts";
import { desiredPostRenderers, desiredTargetSecrets } from "./target-secrets.desired.ts";
import { namesOf } from "./names.ts";
import { encode, operatorWith, pem, settingsOf } from "./testing/operator-objects.ts";

const names = namesOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const images = { ".dockerconfigjson": "{}", more: "secret" };
const authorities = { "ca.crt": pem("CERTIFICATE") };
const spec = {
  caBundleRef: { kind: "Secret", name: "authorities" },
  values: { manager: { imagePullSecrets: [{ name: "images" }] } },
} satisfies ProviderConfig["spec"];

function needsWith(settings: NonNullable<ProviderConfig["spec"]>): Needs {
  const config = settingsOf(settings);
  return needsOf({ ...config.chart, version: parseChartVersion("1") }, "1", config);
}

describe("desiredTargetSecrets", () => {
  it("copy image pull secrets under their own names, and the bundle for the pods", () => {
    const metadata = { namespace: "ocm-k8s-toolkit-system", labels: names.labels };

    assert.deepEqual(desiredTargetSecrets(needsWith(spec), operatorWith({ images, authorities }), names), {
      secrets: [
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { ...metadata, name: "images" },
          type: "kubernetes.io/dockerconfigjson",
          data: encode({ ".dockerconfigjson": "{}" }),
        },
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { ...metadata, name: "sp-ocm.ca-authorities" },
          type: "Opaque",
          data: encode(authorities),
        },
      ],
      isComplete: true,
    });
  });

  const cases: readonly (readonly [string, OperatorObjects, reason: string, RegExp])[] = [
    [
      "is missing",
      operatorWith({}),
      "ReferenceNotFound",
      /^manager\.imagePullSecrets in the values of the ProviderConfig names Secret "images", which does not exist/,
    ],
    [
      "has another type",
      operatorWith({ images: { user: "x" } }),
      "ReferenceInvalid",
      /has type "Opaque", expected kubernetes\.io\/dockerconfigjson/,
    ],
    ["cannot be read", operatorWith({}, { unknown: ["images"] }), "ReferenceUnreadable", /"images", which cannot be/],
  ];
  for (const [what, operator, reason, message] of cases) {
    it(`block the release if an image pull secret ${what}`, () => {
      const desired = desiredTargetSecrets(needsWith(spec), operator, names);

      assert.ok("blocker" in desired);
      assert.equal(desired.blocker.reason, reason);
      assert.match(desired.blocker.message, message);
    });
  }
});

describe("desiredPostRenderers", () => {
  const needs = needsWith(spec);

  it("are none without a bundle", () => {
    assert.equal(desiredPostRenderers(needsWith({}), operatorWith({})), undefined);
  });

  it("mount the copy of the bundle, and restart the pods only if its certificates change", () => {
    const [before, same, after] = [
      authorities["ca.crt"],
      `${pem("PRIVATE KEY")}${authorities["ca.crt"]}`,
      authorities["ca.crt"].repeat(2),
    ].map((text) => desiredPostRenderers(needs, operatorWith({ authorities: { "ca.crt": text } })));

    assert.match(before?.[0]?.kustomize.patches[0]?.patch ?? "", /"secretName":"sp-ocm\.ca-authorities"/);
    assert.deepEqual(same, before);
    assert.notDeepEqual(after, before);
  });
});
