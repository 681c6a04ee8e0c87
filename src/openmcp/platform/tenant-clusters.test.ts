import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { KubeClient } from "../../kube/client.ts";
import { ApiError, UnreachableError } from "../../kube/errors.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { SilentClusterError, TenantClusters, type Visit } from "./tenant-clusters.ts";
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

describe("TenantClusters.visit", () => {
  const POLL_MS = 60_000;
  const secret = { name: "a", namespace: "n" };
  const visit: Visit = { force: false, askAgainAfterMs: POLL_MS, signal };
  let clock: FakeClock;
  let clusters: FakeClusters;
  let token: string;
  let tenants: TenantClusters;

  beforeEach(() => {
    clock = new FakeClock();
    clusters = new FakeClusters();
    clusters.validToken = "t1";
    token = "t1";
    tenants = new TenantClusters({
      platform: { get: (() => Promise.resolve(kubeconfigSecret("https://one", token))) as KubeClient["get"] },
      connect: clusters.connect,
      clientOptions: { clock, random: () => 0, userAgent: "test" },
      onError: () => undefined,
    });
  });

  /** Visits a cluster, lets as much time pass as a visit may take, and says what came of it. */
  async function visited(overrides: Partial<Visit> = {}): Promise<string> {
    const visiting = tenants.visit(secret, { ...visit, ...overrides }, version).catch((error: unknown) => error);
    await clock.advance(20_000);
    const result = await visiting;
    return result instanceof Error ? result.constructor.name : String(result);
  }

  it("leaves a cluster that keeps silent alone until the time has come", async () => {
    clusters.isSilent = true;
    assert.equal(await visited(), SilentClusterError.name);
    clusters.requests.length = 0;

    assert.equal(await visited(), SilentClusterError.name);
    assert.deepEqual(clusters.requests, []);

    await clock.advance(POLL_MS);
    clusters.isSilent = false;
    assert.equal(await visited(), "t1");
    assert.equal(await visited(), "t1");
  });

  it("asks it when somebody forces a visit", async () => {
    clusters.isSilent = true;
    await visited();
    clusters.isSilent = false;

    assert.equal(await visited(), SilentClusterError.name);
    assert.equal(await visited({ force: true }), "t1");
    assert.equal(await visited(), "t1");
  });

  it("asks it when its kubeconfig is another one, and with that one", async () => {
    clusters.isSilent = true;
    await visited();
    clusters.isSilent = false;
    token = "t2";
    clusters.validToken = "t2";

    assert.equal(await visited(), "t2");
  });

  for (const code of [429, 502, 503, 504]) {
    it(`leaves a cluster alone of which something before it says ${code} after long`, async () => {
      const refused = tenants.visit(secret, visit, async (client) => {
        await version(client);
        await clock.sleep(10_000);
        throw new ApiError("nobody is there", { code, reason: "" });
      });
      await Promise.all([assert.rejects(refused, SilentClusterError), clock.advance(20_000)]);
      clusters.requests.length = 0;

      assert.equal(await visited(), SilentClusterError.name);
      assert.deepEqual(clusters.requests, []);
    });
  }

  it("ends with a cluster that answers each request, and has always one more to be asked", async () => {
    let isStopped = false;
    const endless = tenants.visit(secret, visit, async (client, deadline) => {
      deadline.addEventListener("abort", () => (isStopped = true));
      for (;;) {
        await client.version(deadline);
        await clock.sleep(4_000, deadline);
      }
    });

    await Promise.all([assert.rejects(endless, SilentClusterError), clock.advance(10 * POLL_MS)]);

    assert.ok(isStopped);
  });

  it("asks a cluster again that refuses connections, since that costs no time", async () => {
    const refused = tenants.visit(secret, visit, () => Promise.reject(new UnreachableError("refused")));
    await assert.rejects(refused, SilentClusterError);

    assert.equal(await visited(), "t1");
  });

  it("lets others be visited beside any number that keep silent", async () => {
    const silent = Array.from({ length: 1000 }, (_, number) => {
      const plane = { name: `silent-${number}`, namespace: "n" };
      return tenants.visit(plane, visit, () => clock.sleep(10_000));
    });
    const startedAt = clock.now();
    let answeredAfterMs = -1;
    const answering = tenants.visit(secret, visit, version).then(() => (answeredAfterMs = clock.now() - startedAt));

    await clock.advance(20_000);
    await Promise.all([...silent, answering]);

    assert.ok(answeredAfterMs >= 0 && answeredAfterMs < 1_000, String(answeredAfterMs));
  });

  it("holds nothing for clusters of 1,000 tenants that are gone, used or silent", async () => {
    const namespaces = Array.from({ length: 1000 }, (_, number) => `mcp--${number}`);
    const users: (() => void)[] = [];
    for (const namespace of namespaces) {
      const lasting = new Promise<void>((resolve) => users.push(resolve));
      void tenants.use({ name: "a", namespace }, async (client) => {
        await version(client);
        await lasting;
      });
    }
    await clock.advance(0);
    const open = clusters.open;

    namespaces.forEach((namespace) => tenants.forget(namespace));
    const openWhileUsed = clusters.open;
    users.forEach((end) => end());
    await clock.advance(0);

    assert.deepEqual([open, openWhileUsed, clusters.open], [1000, 1000, 0]);
  });

  it("keeps a bounded number of connections for a second look, and none of them for long", async () => {
    const looks = Array.from({ length: 300 }, (_, number) => ({ name: "a", namespace: `mcp--${number}` }));
    await Promise.all([...looks.map((plane) => tenants.visit(plane, visit, version)), clock.advance(0)]);
    const kept = clusters.open;

    await clock.advance(20_000);

    assert.deepEqual([kept, clusters.open], [64, 0]);
  });

  it("does not take a tenant that comes again for the one that kept silent", async () => {
    clusters.isSilent = true;
    await visited();
    clusters.isSilent = false;

    tenants.forget("n");

    assert.equal(await visited(), "t1");
  });
});
