import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../../kube/client.ts";
import { MalformedAnswerError, NotFoundError } from "../../kube/errors.ts";
import type { MetadataList } from "../../kube/list.ts";
import type { Resource } from "../../kube/resource.ts";
import { findObjects } from "./control-plane-watches.ts";

const GROUP = "delivery.example.com";
const { signal } = new AbortController();
const notFound = (): Promise<never> => Promise.reject(new NotFoundError("404 page not found"));
const answers = (): Promise<string> => Promise.resolve("v1.33.1");

function kind(name: string): Resource {
  return { group: GROUP, version: "v1", kind: name, plural: `${name.toLowerCase()}s`, namespaced: true };
}

function listOf(remaining: number, ...metadata: readonly { name: string; namespace?: string }[]): MetadataList {
  const items = metadata.map((one) => ({ apiVersion: `${GROUP}/v1`, kind: "Any", metadata: one }));
  return { items, remaining, resourceVersion: "7" };
}

/** A cluster that serves these kinds; a kind without a list has gone meanwhile. */
function clusterWith(
  lists: Readonly<Record<string, MetadataList | undefined>>,
  version: KubeClient["version"] = answers,
): KubeClient {
  const client: Pick<KubeClient, "resourcesOfGroup" | "listMetadata" | "version"> = {
    resourcesOfGroup: (group) => Promise.resolve(group === GROUP ? Object.keys(lists).map(kind) : []),
    listMetadata: ({ kind: name }) => {
      const list = lists[name];
      return list === undefined ? notFound() : Promise.resolve(list);
    },
    version,
  };
  return client as KubeClient;
}

describe("findObjects", () => {
  it("counts the objects of every kind that is served, and names the first", async () => {
    const cluster = clusterWith({
      Repository: listOf(2, { name: "a", namespace: "team" }),
      Deployer: listOf(0, { name: "b" }),
      Component: listOf(0),
    });

    const found = await findObjects(cluster, GROUP, signal);

    assert.deepEqual(found, [
      { resource: kind("Repository"), count: 3, named: [{ name: "a", namespace: "team" }], resourceVersion: "7" },
      { resource: kind("Deployer"), count: 1, named: [{ name: "b" }], resourceVersion: "7" },
      { resource: kind("Component"), count: 0, named: [], resourceVersion: "7" },
    ]);
  });

  it("takes a kind, or a group, that an API server does not know for one without objects", async () => {
    const cluster = clusterWith({ Repository: listOf(0, { name: "a" }), Component: undefined });

    const found = await findObjects(cluster, GROUP, signal);

    assert.deepEqual(
      found.map(({ resource }) => resource.kind),
      ["Repository"],
    );
    assert.deepEqual(await findObjects(cluster, "other.example.com", signal), []);
  });

  it("does not believe a proxy that finds nothing at all", async () => {
    await assert.rejects(findObjects(clusterWith({}, notFound), GROUP, signal), NotFoundError);
    await assert.rejects(findObjects(clusterWith({ Repository: undefined }, notFound), GROUP, signal), NotFoundError);
  });

  const hostile: Readonly<Record<string, MetadataList>> = {
    "a name that is longer than any": listOf(0, { name: "n".repeat(254) }),
    "a name with a line break": listOf(0, { name: "a\nb" }),
    "a namespace with a blank": listOf(0, { name: "a", namespace: "see https" }),
    "a resourceVersion of a megabyte": { ...listOf(0), resourceVersion: "1".repeat(1_000_000) },
  };
  for (const [what, list] of Object.entries(hostile)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(findObjects(clusterWith({ Repository: list }), GROUP, signal), MalformedAnswerError);
    });
  }
});
