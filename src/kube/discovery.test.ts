import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { discoverNamespaced, discoverVersion } from "./discovery.ts";
import { MalformedAnswerError } from "./errors.ts";

const verbs = ["create", "list"];
const answers: Readonly<Record<string, unknown>> = {
  "/apis": {
    groups: [
      { name: "apps", versions: [{ groupVersion: "apps/v1" }] },
      { name: "example.com", versions: [{ groupVersion: "example.com/v2" }, { groupVersion: "example.com/v1" }] },
    ],
  },
  "/api/v1": {
    resources: [
      { name: "secrets", kind: "Secret", namespaced: true, verbs },
      { name: "namespaces", kind: "Namespace", namespaced: false, verbs },
      { name: "bindings", kind: "Binding", namespaced: true, verbs: ["create"] },
      { name: "pods/status", kind: "Pod", namespaced: true, verbs: ["get", "patch"] },
    ],
  },
  "/apis/apps/v1": { resources: [{ name: "deployments", kind: "Deployment", namespaced: true, verbs }] },
  "/apis/example.com/v2": { resources: [{ name: "things", kind: "Thing", namespaced: true, verbs }] },
  "/apis/example.com/v1": {
    resources: [
      { name: "things", kind: "Thing", namespaced: true, verbs },
      { name: "relics", kind: "Relic", namespaced: true, verbs },
    ],
  },
};

describe("discoverNamespaced", () => {
  it("names what is in namespaces and can be listed, of every group and version, each once", async () => {
    const found = await discoverNamespaced((path) => Promise.resolve(answers[path]));

    assert.deepEqual(
      found.map(({ group, plural }) => `${plural}.${group}`),
      ["secrets.", "deployments.apps", "things.example.com", "relics.example.com"],
    );
    assert.deepEqual(found[1], {
      group: "apps",
      version: "v1",
      kind: "Deployment",
      plural: "deployments",
      namespaced: true,
    });
  });

  it("fails when it cannot know all of them", async () => {
    await assert.rejects(
      discoverNamespaced(() => Promise.resolve({})),
      MalformedAnswerError,
    );
    const unavailable = new Error("the server is currently unable to handle the request");
    const read = (path: string): Promise<unknown> =>
      path === "/apis/apps/v1" ? Promise.reject(unavailable) : Promise.resolve(answers[path]);
    await assert.rejects(discoverNamespaced(read), unavailable);
  });
});

describe("discoverVersion", () => {
  it("names what can be listed of one version, cluster-scoped resources included", async () => {
    const found = await discoverVersion((path) => Promise.resolve(answers[path]), { group: "", version: "v1" });

    assert.deepEqual(
      found.map(({ plural, namespaced }) => [plural, namespaced]),
      [
        ["secrets", true],
        ["namespaces", false],
      ],
    );
  });
});
