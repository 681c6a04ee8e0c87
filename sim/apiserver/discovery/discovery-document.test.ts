import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { thing } from "../testing/thing.ts";
import { discoveryDocument } from "./discovery-document.ts";

const shown = { shortNames: ["th"], subresources: ["status"] };
const resources = [thing(shown), thing({ ...shown, version: "v1beta1" }), thing({ ...shown, version: "v2" })];

describe("discovery", () => {
  it("names groups with their versions, the newest stable one preferred", () => {
    const versions = ["v2", "v1", "v1beta1"].map((version) => ({ groupVersion: `example.org/${version}`, version }));

    assert.deepEqual(discoveryDocument("/apis/example.org", resources), {
      kind: "APIGroup",
      apiVersion: "v1",
      name: "example.org",
      versions,
      preferredVersion: versions[0],
    });
  });

  it("lists resources and their subresources", () => {
    assert.deepEqual(discoveryDocument("/apis/example.org/v1", resources), {
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

  it("knows nothing of other paths", () => {
    for (const path of ["/apis/nope", "/apis/example.org/v3", "/api/v2", "/other"]) {
      assert.equal(discoveryDocument(path, resources), undefined);
    }
  });
});
