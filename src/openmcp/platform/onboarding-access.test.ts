import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ApplyConfiguration, KubeClient } from "../../kube/client.ts";
import type { Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { ListWatch } from "../../runtime/informer.ts";
import {
  openOnboardingAccess,
  type OnboardingAccess,
  onboardingRequests,
  type OnboardingRequest,
  withdrawOnboardingAccess,
} from "./onboarding-access.ts";
import { FakeClusters, kubeconfigSecret } from "./testing/kubeconfig.ts";
import { playObject } from "./testing/play-object.ts";
import { waitDeps } from "./testing/wait-deps.ts";

const request: OnboardingRequest = {
  controller: "ocm.ocm.services.openmcp.cloud",
  localName: "onboarding-run",
  namespace: "openmcp-system",
  token: { permissions: [{ rules: [{ apiGroups: ["example.org"], resources: ["things"], verbs: ["get"] }] }] },
};
const { clusterRequest, accessRequest } = onboardingRequests(request);

function seen<T extends KubeObject>(object: T, status: object, resourceVersion: string): T {
  return { ...object, metadata: { ...object.metadata, generation: 1, resourceVersion }, status };
}

const grantedCluster = seen(clusterRequest, { phase: "Granted", observedGeneration: 1 }, "1");
const pendingAccess = seen(accessRequest, { phase: "Pending", observedGeneration: 1 }, "1");
const grantedAccess = seen(
  accessRequest,
  { phase: "Granted", observedGeneration: 1, secretRef: { name: "access.kubeconfig" } },
  "2",
);

/** A platform cluster whose objects go through the given states. */
class PlayedPlatform {
  readonly applied: ApplyConfiguration[] = [];
  /** Kinds of what was deleted. */
  readonly deleted: string[] = [];
  existing: KubeObject | undefined;
  secret: Secret = kubeconfigSecret("https://onboarding", "t1");
  readonly #played: Readonly<Record<string, () => ListWatch<KubeObject>>>;

  constructor(played: {
    readonly cluster: readonly (KubeObject | undefined)[];
    readonly access: readonly (KubeObject | undefined)[];
    readonly secret?: () => ListWatch<KubeObject>;
  }) {
    this.#played = {
      ClusterRequest: () => playObject(...played.cluster),
      AccessRequest: () => playObject(...played.access),
      Secret: played.secret ?? (() => playObject(this.secret)),
    };
  }

  get client(): KubeClient {
    return {
      apply: (_resource: Resource, object: ApplyConfiguration) => Promise.resolve(this.applied.push(object)),
      find: ({ kind }: Resource) => Promise.resolve(this.existing && { ...this.existing, kind }),
      deleteIfExists: (_resource: Resource, object: KubeObject) => {
        this.deleted.push(object.kind);
        return Promise.resolve(object.metadata.finalizers === undefined ? undefined : object);
      },
      get: () => Promise.resolve(this.secret),
      list: (resource: Resource, options: never) => this.#play(resource).list(resource, options),
      watch: (resource: Resource, options: never) => this.#play(resource).watch(resource, options),
    } as unknown as KubeClient;
  }

  #play({ kind }: Resource): ListWatch<KubeObject> {
    return this.#played[kind]?.() ?? assert.fail(`unexpected ${kind}`);
  }
}

function open(platform: PlayedPlatform, clusters: FakeClusters, passesAfterMs?: number): Promise<OnboardingAccess> {
  return openOnboardingAccess(
    {
      platform: platform.client,
      request,
      fieldManager: "test",
      connect: clusters.connect,
      clientOptions: { clock: waitDeps().clock, userAgent: "test" },
      timeoutMs: 60_000,
    },
    waitDeps(passesAfterMs),
  );
}

describe("openOnboardingAccess", () => {
  it("asks for the cluster, then for access to it, and connects with what it was given", async () => {
    const clusters = new FakeClusters();
    clusters.validToken = "t1";
    const platform = new PlayedPlatform({
      cluster: [undefined, clusterRequest, grantedCluster],
      access: [accessRequest, pendingAccess, grantedAccess],
    });

    const access = await open(platform, clusters);

    assert.equal(await access.client.version(new AbortController().signal), "t1");
    assert.deepEqual(platform.applied, [clusterRequest, accessRequest]);
    assert.deepEqual(accessRequest, {
      apiVersion: "clusters.openmcp.cloud/v1alpha1",
      kind: "AccessRequest",
      metadata: {
        name: "ocm.ocm.services.openmcp.cloud--onboarding-run",
        namespace: "openmcp-system",
        labels: { "openmcp.cloud/managed-by": "ocm.ocm.services.openmcp.cloud" },
      },
      spec: {
        requestRef: { name: "ocm.ocm.services.openmcp.cloud--onboarding-run", namespace: "openmcp-system" },
        token: request.token,
      },
    });
    assert.deepEqual(clusterRequest.spec, { purpose: "onboarding" });
    await access.close();
  });

  it("does not touch a request that belongs to somebody else", async () => {
    const platform = new PlayedPlatform({ cluster: [], access: [] });
    platform.existing = { ...clusterRequest, metadata: { name: clusterRequest.metadata.name } };

    await assert.rejects(open(platform, new FakeClusters()), /exists and is not ours .*openmcp.cloud\/managed-by/u);
    assert.deepEqual(platform.applied, []);
  });

  it("gives up when a request is denied", async () => {
    const denied = { phase: "Denied", observedGeneration: 1 };

    await assert.rejects(
      open(new PlayedPlatform({ cluster: [seen(clusterRequest, denied, "1")], access: [] }), new FakeClusters()),
      /ClusterRequest ".*" was denied/u,
    );
    await assert.rejects(
      open(
        new PlayedPlatform({ cluster: [grantedCluster], access: [seen(accessRequest, denied, "1")] }),
        new FakeClusters(),
      ),
      /AccessRequest ".*" was denied/u,
    );
  });

  it("gives up after its time, naming what is missing", async () => {
    await assert.rejects(
      open(new PlayedPlatform({ cluster: [grantedCluster], access: [pendingAccess] }), new FakeClusters(), 60_000),
      /gave up after 60 s while waiting for access to the onboarding cluster: AccessRequest ".*" is Pending/u,
    );
  });

  it("takes over a rewritten kubeconfig before the old one is refused", async () => {
    const clusters = new FakeClusters();
    clusters.validToken = "t1";
    const stop = new AbortController();
    const rewritten = kubeconfigSecret("https://onboarding", "t2");
    const platform = new PlayedPlatform({
      cluster: [grantedCluster],
      access: [grantedAccess],
      secret: () => {
        platform.secret = rewritten;
        return playObject(kubeconfigSecret("https://onboarding", "t1"), rewritten);
      },
    });
    const access = await open(platform, clusters);
    await access.client.version(stop.signal);

    const following = access.follow(stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
    clusters.validToken = "t2";
    await access.client.version(new AbortController().signal);

    assert.deepEqual(clusters.requests, ["https://onboarding t1", "https://onboarding t2"]);
    stop.abort();
    await following;
    await access.close();
  });

  it("asks again when the kubeconfig is gone", async () => {
    const stop = new AbortController();
    const platform = new PlayedPlatform({
      cluster: [grantedCluster],
      access: [grantedAccess],
      secret: () => playObject(kubeconfigSecret("https://onboarding", "t1"), undefined),
    });
    const access = await open(platform, new FakeClusters());

    const following = access.follow(stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await following;

    assert.equal(platform.applied.length, 4);
  });
});

function withdraw(platform: PlayedPlatform, passesAfterMs?: number): Promise<void> {
  return withdrawOnboardingAccess(
    { platform: platform.client, request, fieldManager: "test", timeoutMs: 60_000 },
    waitDeps(passesAfterMs),
  );
}

describe("withdrawOnboardingAccess", () => {
  const held = { ...accessRequest, metadata: { ...accessRequest.metadata, uid: "1", finalizers: ["platform/access"] } };

  it("deletes the access, waits until the platform has let go of it, then deletes the request for the cluster", async () => {
    const platform = new PlayedPlatform({ cluster: [undefined], access: [held, undefined] });
    platform.existing = held;

    await withdraw(platform);

    assert.deepEqual(platform.deleted, ["AccessRequest", "ClusterRequest"]);
  });

  it("keeps the request for the cluster while the platform has not let go of the access", async () => {
    const platform = new PlayedPlatform({ cluster: [], access: [held] });
    platform.existing = held;

    await assert.rejects(withdraw(platform, 60_000), /AccessRequest to be gone; its finalizers: platform\/access/u);
    assert.deepEqual(platform.deleted, ["AccessRequest"]);
  });

  it("leaves requests of somebody else", async () => {
    const platform = new PlayedPlatform({ cluster: [], access: [] });
    platform.existing = { ...held, metadata: { name: held.metadata.name } };

    await withdraw(platform);

    assert.deepEqual(platform.deleted, []);
  });
});
