import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import type { KubeClient } from "../kube/client.ts";
import { UnreachableError } from "../kube/errors.ts";
import type { ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { TenantClusters } from "./tenant-clusters.ts";
import { FakeClusters, kubeconfigSecret } from "./testing/kubeconfig.ts";
import { waitDeps } from "./testing/wait-deps.ts";

const { signal } = new AbortController();
const version = (client: KubeClient): Promise<string> => client.version(signal);

describe("TenantClusters", () => {
  let clusters: FakeClusters;
  let reads: string[];
  let server: string;
  let tenants: TenantClusters;

  beforeEach(() => {
    clusters = new FakeClusters();
    clusters.validToken = "t1";
    reads = [];
    server = "https://one";
    const get = ((_resource: Resource, { name }: ObjectRef) => {
      reads.push(name);
      return Promise.resolve(kubeconfigSecret(server, clusters.validToken));
    }) as KubeClient["get"];
    tenants = new TenantClusters({
      platform: { get },
      connect: clusters.connect,
      clientOptions: { clock: waitDeps().clock, userAgent: "test" },
      maxIdle: 2,
      onError: assert.ifError,
    });
  });

  it("reads a kubeconfig once and keeps the client", async () => {
    await tenants.use({ name: "a", namespace: "n" }, version);
    await tenants.use({ name: "a", namespace: "n" }, version);

    assert.deepEqual(reads, ["a"]);
    assert.deepEqual(clusters.requests, ["https://one t1", "https://one t1"]);
  });

  it("reads the kubeconfig again when the token is refused", async () => {
    await tenants.use({ name: "a", namespace: "n" }, version);
    clusters.validToken = "t2";

    assert.equal(await tenants.use({ name: "a", namespace: "n" }, version), "t2");
    assert.deepEqual(reads, ["a", "a"]);
  });

  it("keeps only the most recently used clients and closes the others", async () => {
    for (const name of ["a", "b", "a", "c"]) {
      await tenants.use({ name, namespace: "n" }, version);
    }
    assert.equal(clusters.open, 2);

    await tenants.use({ name: "a", namespace: "n" }, version);
    assert.deepEqual(reads, ["a", "b", "c"]);
    await tenants.use({ name: "b", namespace: "n" }, version);
    assert.deepEqual(reads, ["a", "b", "c", "b"]);
  });

  it("never closes a client that is in use", async () => {
    await tenants.use({ name: "a", namespace: "n" }, async (client) => {
      for (const name of ["b", "c", "d"]) {
        await tenants.use({ name, namespace: "n" }, version);
      }
      await tenants.close();
      assert.equal(await version(client), "t1");
    });

    await tenants.close();
    assert.equal(clusters.open, 0);
    assert.deepEqual(reads, ["b", "c", "d", "a"]);
  });

  it("connects anew after a cluster could not be reached, as it may have moved", async () => {
    await tenants.use({ name: "a", namespace: "n" }, version);
    const unreachable = tenants.use({ name: "a", namespace: "n" }, () => Promise.reject(new UnreachableError("gone")));
    server = "https://two";
    await assert.rejects(unreachable, UnreachableError);

    await tenants.use({ name: "a", namespace: "n" }, version);

    assert.deepEqual(clusters.requests, ["https://one t1", "https://two t1"]);
  });
});
