import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject } from "../kube/object.ts";
import { projectionOf } from "./projection.ts";

type Thing = KubeObject & { readonly spec?: object; readonly status?: object; readonly other?: string };

const metadata = {
  name: "a",
  namespace: "ns",
  uid: "u",
  resourceVersion: "7",
  generation: 2,
  creationTimestamp: "2026-01-01T00:00:00Z",
  deletionTimestamp: "2026-01-02T00:00:00Z",
  finalizers: ["f"],
  labels: { l: "1" },
  annotations: { a: "1" },
  ownerReferences: [{ apiVersion: "v1", kind: "Owner", name: "o", uid: "o" }],
};

function thing(content: Omit<Thing, keyof KubeObject>, more: object = {}): Thing {
  return { apiVersion: "v1", kind: "Thing", metadata: { ...metadata, ...more }, ...content };
}

describe("projectionOf", () => {
  it("keeps everything but managed fields of a resource that names nothing", () => {
    const content = { spec: { a: { b: [1] } }, status: { c: null }, other: "x" };

    assert.deepEqual(projectionOf<Thing>({})(thing(content, { managedFields: [{ manager: "me" }] })), thing(content));
  });

  it("keeps of the content what is named, in each item of a list too", () => {
    const project = projectionOf<Thing>({
      kept: { spec: true, status: { phase: true, history: { version: true }, artifact: { digest: true } } },
    });
    const history = [
      { version: 2, firstDeployed: "x" },
      { version: 1, firstDeployed: "y" },
    ];
    const status = { phase: "Ready", history, artifact: { digest: "d", metadata: { a: "b" } }, inventory: [1] };

    assert.deepEqual(
      project(thing({ spec: { a: { b: 1 } }, status, other: "x" })),
      thing({
        spec: { a: { b: 1 } },
        status: { phase: "Ready", history: [{ version: 2 }, { version: 1 }], artifact: { digest: "d" } },
      }),
    );
  });

  it("adds no field that the object does not have, and keeps a value of another shape as it is", () => {
    const project = projectionOf<Thing>({ kept: { spec: true, status: { history: { version: true } } } });

    assert.deepEqual(project(thing({})), thing({}));
    assert.deepEqual(
      project(thing({ status: { history: [null, "odd"] } })),
      thing({ status: { history: [null, "odd"] } }),
    );
    const bare = { apiVersion: "v1", kind: "Thing", metadata: { name: "a" } };
    assert.deepEqual(project(bare), bare);
  });

  it("keeps of the managed fields those of the manager", () => {
    const mine = { manager: "me", operation: "Apply", fieldsV1: { "f:spec": {} } } as const;
    const managedFields = [{ manager: "kubectl", operation: "Update", fieldsV1: { "f:data": {} } }, mine];
    const project = projectionOf<Thing>({}, "me");

    assert.deepEqual(project(thing({}, { managedFields })), thing({}, { managedFields: [mine] }));
    assert.deepEqual(project(thing({})), thing({}));
  });

  it("drops the copy of an object that kubectl keeps in an annotation", () => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", a: "1" };

    assert.deepEqual(projectionOf<Thing>({})(thing({}, { annotations })), thing({}));
  });

  it("leaves the object that it is given as it is, and projects a projection to the same", () => {
    const managedFields = [{ manager: "me", operation: "Apply", time: "t" }];
    const before = thing({ spec: { a: 1 }, status: { phase: "Ready", more: 1 } }, { managedFields });
    const copy = structuredClone(before);
    const project = projectionOf<Thing>({ kept: { spec: true, status: { phase: true } } }, "me");

    const once = project(before);

    assert.deepEqual(before, copy);
    assert.deepEqual(project(once), once);
  });
});
