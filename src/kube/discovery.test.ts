import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { discoverGroup, discoverNamespaced, discoverVersion } from "./discovery.ts";
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

function versioned(...versions: readonly string[]): unknown {
  return { versions: versions.map((version) => ({ version })) };
}

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

describe("discoverGroup", () => {
  const group = "example.com";
  const things = { name: "things", kind: "Thing", namespaced: true, verbs };
  const known: Readonly<Record<string, unknown>> = {
    "/apis/example.com": versioned("v1", "v1beta7"),
    "/apis/example.com/v1": { resources: [things, { ...things, name: "things/status" }] },
    "/apis/example.com/v1beta7": {
      resources: [things, { name: "relics", kind: "Relic", namespaced: false, verbs: ["list"] }],
    },
  };
  const reading =
    (changed: Readonly<Record<string, unknown>> = {}) =>
    (path: string): Promise<unknown> =>
      Promise.resolve({ ...known, ...changed }[path]);

  it("names what can be listed of all versions, each once, in the version that the server prefers", async () => {
    const found = await discoverGroup(reading(), group);

    assert.deepEqual(found, [
      { group, version: "v1", kind: "Thing", plural: "things", namespaced: true },
      { group, version: "v1beta7", kind: "Relic", plural: "relics", namespaced: false },
    ]);
  });

  it("finds nothing in a group that is not served", async () => {
    assert.deepEqual(await discoverGroup(reading(), "other.example"), []);
  });

  it("asks again when a version goes while it looks", async () => {
    let asked = 0;
    const read = (path: string): Promise<unknown> => {
      asked += 1;
      const gone = { "/apis/example.com": versioned("v1") };
      return reading(asked > 2 ? gone : { "/apis/example.com/v1": undefined })(path);
    };

    assert.deepEqual(
      (await discoverGroup(read, group)).map(({ plural }) => plural),
      ["things"],
    );
  });

  it("takes a version that stays unknown for no proof of anything", async () => {
    await assert.rejects(
      discoverGroup(reading({ "/apis/example.com/v1beta7": undefined }), group),
      MalformedAnswerError,
    );
    const unavailable = new Error("the server is currently unable to handle the request");
    const read = (path: string): Promise<unknown> =>
      path.endsWith("/v1beta7") ? Promise.reject(unavailable) : reading()(path);
    await assert.rejects(discoverGroup(read, group), unavailable);
  });

  const many = Array.from({ length: 201 }, (_, number) => `x${number}`);
  const hostile: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "a group that is a list": { "/apis/example.com": { items: [] } },
    "a version that leads elsewhere": { "/apis/example.com": versioned("../../api/v1") },
    "versions without end": { "/apis/example.com": versioned(...many) },
    "a kind that is a sentence": { "/apis/example.com/v1": { resources: [{ ...things, kind: "a kind" }] } },
    "a resource that leads elsewhere": { "/apis/example.com/v1": { resources: [{ ...things, name: "a?b" }] } },
    "a resource without a name": { "/apis/example.com/v1": { resources: [{ kind: "Thing", verbs }] } },
    "kinds without end": { "/apis/example.com/v1": { resources: many.map((name) => ({ ...things, name })) } },
  };
  for (const [what, answer] of Object.entries(hostile)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(discoverGroup(reading(answer), group), MalformedAnswerError);
    });
  }

  it("reads no further version once there are too many kinds", async () => {
    const asked: string[] = [];
    const resources = Array.from({ length: 201 }, (_, number) => ({ name: `x${number}`, kind: "X", verbs }));
    const read = (path: string): Promise<unknown> => {
      asked.push(path);
      return Promise.resolve(path === "/apis/example.com" ? versioned("v1", "v2", "v3") : { resources });
    };

    await assert.rejects(discoverGroup(read, group), MalformedAnswerError);

    assert.deepEqual(asked, ["/apis/example.com", "/apis/example.com/v1"]);
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
