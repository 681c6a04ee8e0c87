import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRequest } from "./request-info.ts";

const cases: readonly (readonly [request: string, verb: string, resource: string | undefined])[] = [
  ["GET /api/v1/namespaces", "list", "/v1 namespaces   "],
  ["GET /api/v1/namespaces/a", "get", "/v1 namespaces a a "],
  ["PUT /api/v1/namespaces/a/finalize", "update", "/v1 namespaces a a finalize"],
  ["GET /api/v1/namespaces/a/secrets", "list", "/v1 secrets a  "],
  ["GET /api/v1/namespaces/a/secrets?watch=true", "watch", "/v1 secrets a  "],
  ["GET /api/v1/namespaces/a/secrets/b", "get", "/v1 secrets a b "],
  ["POST /api/v1/namespaces/a/serviceaccounts/b/token", "create", "/v1 serviceaccounts a b token"],
  ["DELETE /apis/apps/v1/deployments", "deletecollection", "apps/v1 deployments   "],
  ["PATCH /apis/a.b/v2/namespaces/n/kinds/x/status", "patch", "a.b/v2 kinds n x status"],
  ["GET /apis/apps/v1", "get", undefined],
  ["GET /version", "get", undefined],
];

describe("parseRequest", () => {
  for (const [request, verb, expected] of cases) {
    it(`reads ${request}`, () => {
      const [method = "", path = ""] = request.split(" ");

      const info = parseRequest(method, path);

      const { resource } = info;
      const text =
        resource &&
        `${resource.group}/${resource.version} ${resource.plural} ${resource.namespace} ${resource.name} ${resource.subresource}`;
      assert.equal(info.verb, verb);
      assert.equal(text, expected);
    });
  }
});
