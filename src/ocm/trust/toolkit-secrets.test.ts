import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Secret } from "../../kube/core.ts";
import { tenantObjectsOf } from "../tenant-objects.ts";
import { planToolkitSecrets } from "./toolkit-secrets.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const values = { manager: { imagePullSecrets: [{ name: "images" }] } };
const images: Secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "images", namespace: "openmcp-system", labels: { app: "theirs" } },
  type: "kubernetes.io/dockerconfigjson",
  data: { ".dockerconfigjson": "e30=", more: "c2VjcmV0" },
};

function operatorWith(secret: Secret | undefined): Parameters<typeof planToolkitSecrets>[1] {
  return { namespace: "openmcp-system", secret: () => secret, configMap: () => undefined };
}

describe("planToolkitSecrets", () => {
  it("copies an image pull secret under its own name, with nothing in it but the credentials", () => {
    assert.deepEqual(planToolkitSecrets(values, operatorWith(images), objects), {
      secrets: [
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "images", namespace: "ocm-k8s-toolkit-system", labels: objects.labels },
          type: "kubernetes.io/dockerconfigjson",
          data: { ".dockerconfigjson": "e30=" },
        },
      ],
    });
  });

  it("says which one is missing, and where", () => {
    assert.deepEqual(planToolkitSecrets(values, operatorWith(undefined), objects), {
      hindrance: {
        state: "failed",
        reason: "ReferenceNotFound",
        message:
          'manager.imagePullSecrets in the values of the ProviderConfig names Secret "images", which does not exist in namespace "openmcp-system"',
      },
    });
  });

  it("refuses one of another type", () => {
    const planned = planToolkitSecrets(values, operatorWith({ ...images, type: "Opaque" }), objects);

    assert.ok("hindrance" in planned);
    assert.equal(planned.hindrance.reason, "ReferenceInvalid");
    assert.match(planned.hindrance.message, /has type "Opaque", expected kubernetes\.io\/dockerconfigjson/);
  });
});
