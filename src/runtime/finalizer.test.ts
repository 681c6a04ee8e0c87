import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ForbiddenError, InvalidError, NotFoundError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { JsonPatchOperation } from "../kube/client.ts";
import type { Resource } from "../kube/resource.ts";
import { addFinalizer, type FinalizerClient, removeFinalizer } from "./finalizer.ts";

const things: Resource = { group: "", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const signal = new AbortController().signal;
const mine = "example.com/mine";

function object(metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "ns", uid: "uid", resourceVersion: "1", ...metadata },
  };
}

type Answer = KubeObject | Error;

function script(answers: { readonly patches?: Answer[]; readonly gets?: Answer[] }): {
  readonly client: FinalizerClient<KubeObject>;
  readonly sent: (readonly JsonPatchOperation[])[];
} {
  const sent: (readonly JsonPatchOperation[])[] = [];
  const give = async (answer: Answer | undefined): Promise<KubeObject> => {
    assert.ok(answer !== undefined, "an unexpected call");
    return answer instanceof Error ? Promise.reject(answer) : answer;
  };
  return {
    sent,
    client: {
      get: () => give(answers.gets?.shift()),
      jsonPatch: (_resource, _ref, operations) => {
        sent.push(operations);
        return give(answers.patches?.shift());
      },
    },
  };
}

describe("addFinalizer", () => {
  it("starts the list, provided the object is as it was seen", async () => {
    const patched = object({ finalizers: [mine], resourceVersion: "2" });
    const { client, sent } = script({ patches: [patched] });

    const result = await addFinalizer(client, things, object(), mine, signal);

    assert.equal(result, patched);
    assert.deepEqual(sent, [
      [
        { op: "test", path: "/metadata/uid", value: "uid" },
        { op: "test", path: "/metadata/resourceVersion", value: "1" },
        { op: "add", path: "/metadata/finalizers", value: [mine] },
      ],
    ]);
  });

  it("sends nothing when the finalizer is there", async () => {
    const { client, sent } = script({});
    const before = object({ finalizers: [mine] });

    assert.equal(await addFinalizer(client, things, before, mine, signal), before);
    assert.deepEqual(sent, []);
  });

  it("reads again and appends when somebody else was faster", async () => {
    const { client, sent } = script({
      patches: [new InvalidError("test failed"), object()],
      gets: [object({ finalizers: ["other"], resourceVersion: "2" })],
    });

    await addFinalizer(client, things, object(), mine, signal);

    assert.deepEqual(sent[1], [
      { op: "test", path: "/metadata/uid", value: "uid" },
      { op: "test", path: "/metadata/finalizers", value: ["other"] },
      { op: "add", path: "/metadata/finalizers/-", value: mine },
    ]);
  });

  it("fails when another object has taken the name", async () => {
    const { client } = script({ patches: [new InvalidError("test failed")], gets: [object({ uid: "other" })] });

    await assert.rejects(addFinalizer(client, things, object(), mine, signal), NotFoundError);
  });

  it("does not insist when the refusal is not about the test", async () => {
    const { client, sent } = script({ patches: [new InvalidError("finalizer name is not valid")], gets: [object()] });

    await assert.rejects(addFinalizer(client, things, object(), mine, signal), InvalidError);
    assert.equal(sent.length, 1);
  });

  it("gives up after a few conflicts", async () => {
    const versions = ["2", "3", "4", "5", "6"];
    const { client, sent } = script({
      patches: versions.map(() => new InvalidError("test failed")),
      gets: versions.map((resourceVersion) => object({ resourceVersion })),
    });

    await assert.rejects(addFinalizer(client, things, object(), mine, signal), InvalidError);
    assert.equal(sent.length, 5);
  });
});

describe("removeFinalizer", () => {
  it("removes its own from the list it saw", async () => {
    const finalizers = ["first", mine];
    const { client, sent } = script({ patches: [object()] });

    await removeFinalizer(client, things, object({ finalizers }), mine, signal);

    assert.deepEqual(sent, [
      [
        { op: "test", path: "/metadata/uid", value: "uid" },
        { op: "test", path: "/metadata/finalizers", value: finalizers },
        { op: "remove", path: "/metadata/finalizers/1" },
      ],
    ]);
  });

  it("sends nothing when the finalizer is not there", async () => {
    const { client, sent } = script({});

    await removeFinalizer(client, things, object(), mine, signal);

    assert.deepEqual(sent, []);
  });

  it("succeeds when the object is gone", async () => {
    const { client } = script({ patches: [new NotFoundError("gone")] });

    assert.equal(await removeFinalizer(client, things, object({ finalizers: [mine] }), mine, signal), undefined);
  });

  it("leaves an object alone that has taken the name meanwhile", async () => {
    const { client, sent } = script({
      patches: [new InvalidError("test failed")],
      gets: [object({ uid: "other", finalizers: [mine] })],
    });

    const result = await removeFinalizer(client, things, object({ finalizers: [mine] }), mine, signal);

    assert.equal(result, undefined);
    assert.equal(sent.length, 1);
  });

  it("throws what is no conflict", async () => {
    const { client } = script({ patches: [new ForbiddenError("no")] });

    await assert.rejects(removeFinalizer(client, things, object({ finalizers: [mine] }), mine, signal), ForbiddenError);
  });
});
