import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { thing } from "../testing/thing.ts";
import { kubectlDocument } from "./kubectl-document.ts";

const schema = { type: "object", description: "A thing", properties: { spec: { type: "object" } } };
const resources = [
  thing({ schema }),
  thing({ version: "v1beta1", schema }),
  thing({ version: "v2", schema }),
  thing({ group: "", kind: "Secret", plural: "secrets", schema }),
];
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

function openapi(path: string): object | undefined {
  return kubectlDocument(path, resources, undefined)?.document;
}

describe("discovery for kubectl", () => {
  it("puts everything into one document for clients that ask", () => {
    const core = { group: "", version: "", kind: "Secret" };

    assert.deepEqual(kubectlDocument("/api", resources, AGGREGATED)?.document, {
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

  it("is left to the older documents for clients that do not ask", () => {
    assert.equal(kubectlDocument("/api", resources, "application/json"), undefined);
    assert.equal(kubectlDocument("/apis/example.org", resources, AGGREGATED), undefined);
  });
});

describe("OpenAPI", () => {
  it("has one document a group version, with the schemas of the CRDs", () => {
    assert.deepEqual(Object.keys((openapi("/openapi/v3") as { paths: object }).paths), [
      "apis/example.org/v1",
      "apis/example.org/v1beta1",
      "apis/example.org/v2",
      "api/v1",
    ]);

    const document = openapi("/openapi/v3/apis/example.org/v1") as {
      components: { schemas: Record<string, { description?: string; "x-kubernetes-group-version-kind"?: unknown }> };
    };
    const schemaOfThing = document.components.schemas["org.example.v1.Thing"];

    assert.equal(schemaOfThing?.description, "A thing");
    assert.deepEqual(schemaOfThing["x-kubernetes-group-version-kind"], [
      { group: "example.org", version: "v1", kind: "Thing" },
    ]);
  });
});
