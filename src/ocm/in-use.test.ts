import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import type { ProviderConfig } from "./api/objects.ts";
import { type InUse, planInUse } from "./in-use.ts";
import type { PullSecret } from "./pull-secret.ts";
import { readSettings } from "./settings.ts";
import { pullSecretCopyName, tenantObjectsOf } from "./tenant-objects.ts";

const GROUP = "ocm.services.openmcp.cloud/v1alpha1";
const metadata = { name: "mcp-01", namespace: "project-x--ws-y" };
const objects = tenantObjectsOf(metadata);
const secret: Secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "pull", namespace: "openmcp-system" },
  type: "kubernetes.io/dockerconfigjson",
  data: { ".dockerconfigjson": "e30=" },
};

/** Plans for an installation that stays as it is, and whose chart was pulled with `secretName`. */
function plan(secretName: string, pullSecret: PullSecret): InUse {
  const source = buildOCIRepository(objects.toolkit, {
    url: "oci://r.example/c",
    ref: { tag: "gone" },
    interval: "1m",
    secretName,
  });
  const release = buildHelmRelease(objects.toolkit, {
    chartName: "c",
    releaseName: "r",
    targetNamespace: "n",
    kubeconfigSecret: "k",
    interval: "1m",
  });
  const spec = { imagePullSecret: { name: "pull" }, versions: [{ version: "1" }] };
  const object: ProviderConfig = { apiVersion: GROUP, kind: "ProviderConfig", metadata: { name: "ocm" }, spec };
  const operator = { namespace: "openmcp-system", secret: () => undefined, configMap: () => undefined };
  return planInUse({ source, release }, objects, {
    config: readSettings(object),
    pullSecretOf: () => pullSecret,
    operator,
  });
}

describe("planInUse", () => {
  const inUse = pullSecretCopyName("pull");

  it("goes on following the pull secret that the installation uses", () => {
    assert.deepEqual(plan(inUse, { state: "present", secret }).pullSecret?.data, secret.data);
  });

  it("leaves the last copy in place when its secret is gone or was one of the version's own", () => {
    const missing = { state: "missing", name: "pull", namespace: "openmcp-system" } as const;

    assert.equal(plan(inUse, missing).pullSecret, undefined);
    assert.equal(plan(pullSecretCopyName("own"), { state: "present", secret }).pullSecret, undefined);
  });
});
