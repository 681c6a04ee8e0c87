import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject } from "../../kube/object.ts";
import { byNamespace, NamespaceReader } from "./by-namespace.ts";

function object(key: string): KubeObject {
  const [namespace = "", name = ""] = key.split("/");
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
}

async function* pages(...keys: readonly (readonly string[])[]): AsyncGenerator<readonly KubeObject[]> {
  for (const page of keys) {
    yield await Promise.resolve(page.map(object));
  }
}

async function taken(reader: NamespaceReader<KubeObject>, namespace: string): Promise<readonly string[]> {
  return (await reader.take(namespace)).map(({ metadata }) => metadata.name);
}

describe("NamespaceReader", () => {
  it("takes the objects of one namespace after the other, over the ends of pages", async () => {
    const reader = new NamespaceReader("secrets", pages(["a/1", "b/2"], [], ["b/3", "c/4"], ["c/5"]));

    assert.deepEqual(await taken(reader, "a"), ["1"]);
    assert.deepEqual(await taken(reader, "b"), ["2", "3"]);
    assert.deepEqual(await taken(reader, "c"), ["4", "5"]);
    assert.deepEqual(await taken(reader, "d"), []);
  });

  it("passes over namespaces that nobody asks for", async () => {
    const reader = new NamespaceReader("secrets", pages(["a/1", "b/2", "d/3"]));

    assert.deepEqual(await taken(reader, "b"), ["2"]);
    assert.deepEqual(await taken(reader, "c"), []);
    assert.deepEqual(await taken(reader, "d"), ["3"]);
  });

  it("reads one page ahead, and no more", async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<readonly KubeObject[]> {
      for await (const page of pages(["a/1"], ["b/2"], ["c/3"], ["d/4"])) {
        read += 1;
        yield page;
      }
    }
    const reader = new NamespaceReader("secrets", counted());

    await taken(reader, "a");

    assert.equal(read, 3);
  });

  it("refuses a list that is not in the order of keys, which would be compared with the wrong tenants", async () => {
    const reader = new NamespaceReader("secrets", pages(["b/1"], ["a/2"]));

    await assert.rejects(taken(reader, "c"), /list secrets by their namespaces, found "a" after "b"$/);
  });
});

describe("byNamespace", () => {
  it("orders as API servers do, to which the name of a namespace ends with a slash", () => {
    assert.deepEqual(["a", "b", "a-b", "a0"].toSorted(byNamespace), ["a-b", "a", "a0", "b"]);
  });
});
