import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../../kube/client.ts";
import { NotFoundError } from "../../kube/errors.ts";
import { countObjects } from "./control-plane-watches.ts";

const RESOURCES = ["Repository", "Component", "Resource"].map((kind) => ({
  group: "delivery.example.com",
  version: "v1",
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: true,
}));
const { signal } = new AbortController();
const notFound = (): Promise<never> => Promise.reject(new NotFoundError("404 page not found"));

/** A cluster with so many objects of each kind; a kind that is left out has no CRD. */
function clusterWith(counts: Readonly<Record<string, number>>, version: KubeClient["version"]): KubeClient {
  const client: Pick<KubeClient, "list" | "version"> = {
    list: ({ kind }) => {
      const count = counts[kind];
      return count === undefined
        ? notFound()
        : Promise.resolve({ items: Array.from({ length: count }, () => ({}) as never), resourceVersion: "1" });
    },
    version,
  };
  return client as KubeClient;
}

describe("countObjects", () => {
  it("takes a kind that an API server does not know for one without objects", async () => {
    const cluster = clusterWith({ Repository: 2, Component: 0 }, () => Promise.resolve("v1.33.1"));

    assert.deepEqual(await countObjects(cluster, RESOURCES, signal), [{ kind: "Repository", count: 2 }]);
  });

  it("does not believe a proxy that finds nothing at all", async () => {
    await assert.rejects(countObjects(clusterWith({}, notFound), RESOURCES, signal), NotFoundError);
  });
});
