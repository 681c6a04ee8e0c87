import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServedResource } from "../served-resource.ts";
import { discoveryDocument } from "./discovery-document.ts";
import { openapiDocument } from "./openapi-document.ts";

function resource(overrides: Partial<ServedResource>): ServedResource {
  return {
    group: "example.org",
    version: "v1",
    kind: "Thing",
    plural: "things",
    singular: "thing",
    shortNames: ["th"],
    categories: [],
    namespaced: true,
    verbs: ["get", "list"],
    subresources: ["status"],
    schema: { type: "object", description: "A thing", properties: { spec: { type: "object" } } },
    ...overrides,
  };
}

const resources = [
  resource({}),
  resource({ version: "v1beta1" }),
  resource({ version: "v2" }),
  resource({ group: "", kind: "Secret", plural: "secrets", shortNames: [], subresources: [] }),
];
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

describe("discovery", () => {
  it("names groups with their versions, the newest stable one preferred", () => {
    const versions = ["v2", "v1", "v1beta1"].map((version) => ({ groupVersion: `example.org/${version}`, version }));

    assert.deepEqual(discoveryDocument("/apis/example.org", resources, undefined), {
      kind: "APIGroup",
      apiVersion: "v1",
      name: "example.org",
      versions,
      preferredVersion: versions[0],
    });
  });

  it("lists resources and their subresources", () => {
    assert.deepEqual(discoveryDocument("/apis/example.org/v1", resources, undefined), {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: "example.org/v1",
      resources: [
        {
          name: "things",
          singularName: "thing",
          namespaced: true,
          kind: "Thing",
          verbs: ["get", "list"],
          shortNames: ["th"],
        },
        { name: "things/status", singularName: "", namespaced: true, kind: "Thing", verbs: ["get", "patch", "update"] },
      ],
    });
  });

  it("puts everything into one document for clients that ask", () => {
    const core = { group: "", version: "", kind: "Secret" };

    assert.deepEqual(discoveryDocument("/api", resources, AGGREGATED), {
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      metadata: {},
      items: [
        {
          metadata: {},
          versions: [
            {
              version: "v1",
              freshness: "Current",
              resources: [
                {
                  resource: "secrets",
                  responseKind: { ...core, group: "", version: "v1" },
                  scope: "Namespaced",
                  singularResource: "thing",
                  verbs: ["get", "list"],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("knows nothing of other paths", () => {
    for (const path of ["/apis/nope", "/apis/example.org/v3", "/api/v2", "/other"]) {
      assert.equal(discoveryDocument(path, resources, undefined), undefined);
    }
  });
});

describe("OpenAPI", () => {
  it("has one document a group version, with the schemas of the CRDs", () => {
    assert.deepEqual(Object.keys((openapiDocument("/openapi/v3", resources) as { paths: object }).paths), [
      "apis/example.org/v1",
      "apis/example.org/v1beta1",
      "apis/example.org/v2",
      "api/v1",
    ]);

    const document = openapiDocument("/openapi/v3/apis/example.org/v1", resources) as {
      components: { schemas: Record<string, { description?: string; "x-kubernetes-group-version-kind"?: unknown }> };
    };
    const thing = document.components.schemas["org.example.v1.Thing"];

    assert.equal(thing?.description, "A thing");
    assert.deepEqual(thing["x-kubernetes-group-version-kind"], [
      { group: "example.org", version: "v1", kind: "Thing" },
    ]);
  });
});
