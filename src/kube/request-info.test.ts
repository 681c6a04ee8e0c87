import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readRequestPath, type RequestInfo } from "./request-info.ts";

const cases: readonly (readonly [string, RequestInfo | undefined])[] = [
  ["/api/v1/namespaces/a/secrets/b", { resource: "secrets", namespace: "a", name: "b" }],
  ["/api/v1/secrets", { resource: "secrets" }],
  ["/api/v1/namespaces", { resource: "namespaces" }],
  ["/api/v1/namespaces/a", { resource: "namespaces", name: "a" }],
  ["/api/v1/namespaces/a/finalize", { resource: "namespaces", name: "a", subresource: "finalize" }],
  [
    "/apis/helm.toolkit.fluxcd.io/v2/namespaces/mcp--1/helmreleases/ocm",
    { resource: "helmreleases.helm.toolkit.fluxcd.io", namespace: "mcp--1", name: "ocm" },
  ],
  [
    "/apis/ocm.services.openmcp.cloud/v1alpha1/namespaces/p/ocms/one/status",
    { resource: "ocms.ocm.services.openmcp.cloud", namespace: "p", name: "one", subresource: "status" },
  ],
  ["/apis/authentication.k8s.io/v1/tokenreviews", { resource: "tokenreviews.authentication.k8s.io" }],
  ["/version", undefined],
  ["/apis", undefined],
  ["/apis/apps/v1", undefined],
  ["/api/v1", undefined],
];

describe("readRequestPath", () => {
  for (const [path, expected] of cases) {
    it(`reads ${path}`, () => {
      assert.deepEqual(readRequestPath(path), expected);
    });
  }
});
