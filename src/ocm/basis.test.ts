import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, type HelmRelease } from "../flux/helm-release.ts";
import type { Condition } from "../kube/object.ts";
import type { ClusterRequest } from "../openmcp/platform/kinds.ts";
import { workloadClusterRequest } from "../openmcp/platform/tenant-access.ts";
import type { KubeconfigReview } from "../openmcp/platform/kubeconfig-secret.ts";
import { keyOf } from "../runtime/key.ts";
import { areSame, type Basis } from "../runtime/rest.ts";
import type { OCM } from "./api/objects.ts";
import { basisOf, isPassing } from "./basis.ts";
import type { TargetLooks } from "./context.ts";
import { namesOf, tenantOf, type Names } from "./names.ts";
import { emptyStores } from "./testing/platform-stores.ts";

const POLL_MS = 60_000;
const ocm: OCM = {
  apiVersion: "ocm.services.open-control-plane.io/v1alpha1",
  kind: "OCM",
  metadata: { name: "mcp-01", namespace: "project-x--ws-y" },
  spec: { version: "1.0.0" },
};
const KEY = keyOf(ocm);
const own = namesOf(tenantOf(ocm), "workload");
const other = namesOf({ ...tenantOf(ocm), name: "mcp-02" }, "workload");
const toolkit = buildHelmRelease(
  { ...own.toolkit, labels: own.labels, generation: 1 },
  { chartName: "c", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "k", interval: "1m0s" },
);

const read = () => ({ settings: { pollIntervalMs: POLL_MS } }) as never;

/** What is known of a tenant on a workload cluster, with Secrets beside its toolkit. */
function world() {
  const stores = emptyStores();
  const now = {
    ms: 0,
    last: {} as object | undefined,
    known: { state: "fine" } as KubeconfigReview | undefined,
  };
  const targetLooks: TargetLooks = new Map([[KEY, lookAt(0)]]);
  const clearedTargets = new Set<string>();
  const deps = {
    platform: { stores },
    kubeconfigReviews: { last: () => now.last, known: () => now.known },
    targetLooks,
    clearedTargets,
    clock: { now: () => now.ms },
  };
  const basis = (): Basis | undefined => basisOf(deps, { ocm, namespace: own.namespace, read });
  stores.clusterRequests.set(requestFor(own, "b"));
  stores.clusterRequests.set(controlPlane(own));
  stores.helmReleases.set(toolkit);
  return { now, stores, targetLooks, clearedTargets, basis, isPassing: () => isPassing(deps, ocm) };
}

type World = ReturnType<typeof world>;

function lookAt(atMs: number, names: readonly string[] = ["images"]) {
  return { digest: "d", atMs, names };
}

function requestFor({ tenant }: Names, uid: string): ClusterRequest {
  const request = workloadClusterRequest(tenant);
  const cluster = { name: "shared", namespace: "clusters" };
  return {
    ...request,
    metadata: { ...request.metadata, creationTimestamp: "2026-01-01T00:00:00Z", uid },
    status: { phase: "Granted", observedGeneration: 1, cluster },
  };
}

/** The request that the platform itself makes for a control plane. */
function controlPlane({ namespace, tenant }: Names): ClusterRequest {
  const { apiVersion, kind, spec } = workloadClusterRequest(tenant);
  return { apiVersion, kind, metadata: { name: tenant.name, namespace }, spec };
}

function told(type: string, status: Condition["status"]): HelmRelease {
  const condition = { type, status, reason: "Progressing", message: "", lastTransitionTime: "", observedGeneration: 1 };
  return { ...toolkit, status: { observedGeneration: 1, conditions: [condition] } };
}

describe("what a pass over a tenant that is Ready depends on", () => {
  it("is the same while nothing happens", () => {
    const { basis } = world();

    assert.ok(areSame(basis() ?? assert.fail("expected a basis"), basis()));
  });

  const changes: Readonly<Record<string, (world: World) => unknown>> = {
    "the kubeconfig is reviewed again": ({ now }) => (now.last = {}),
    "the Secrets beside the toolkit are looked at again": ({ targetLooks }) => targetLooks.set(KEY, lookAt(1)),
    "its cluster was cleared": ({ clearedTargets }) => clearedTargets.add(KEY),
    "its release is gone, and its cluster is another tenant's": ({ stores }) => {
      stores.helmReleases.remove(toolkit);
      stores.clusterRequests.set(requestFor(other, "a"));
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`is another thing when ${what}`, () => {
      const { basis, ...rest } = world();
      const before = basis() ?? assert.fail("expected a basis");

      change({ basis, ...rest });

      assert.ok(!areSame(before, basis() ?? assert.fail("expected a basis")));
    });
  }

  it("is not known while the kubeconfig should be read", () => {
    const { now, basis } = world();
    now.last = undefined;

    assert.equal(basis(), undefined);
  });

  it("is not known while the Secrets beside the toolkit should be looked at", () => {
    const { now, targetLooks, basis } = world();

    now.ms = POLL_MS - 1;
    assert.notEqual(basis(), undefined);
    now.ms = POLL_MS;
    assert.equal(basis(), undefined);
    targetLooks.set(KEY, lookAt(0, []));
    assert.notEqual(basis(), undefined);
  });
});

describe("a tenant", () => {
  it("passes through no state while Flux is done with its release and its kubeconfig is known", () => {
    const { stores, isPassing: isIt } = world();
    stores.helmReleases.set(told("Ready", "True"));

    assert.equal(isIt(), false);
  });

  for (const [type, status] of [
    ["Reconciling", "True"],
    ["Ready", "Unknown"],
  ] as const) {
    it(`passes through one while Flux says ${type}=${status} of its release`, () => {
      const { stores, isPassing: isIt } = world();
      stores.helmReleases.set(told(type, status));

      assert.equal(isIt(), true);
    });
  }

  it("passes through one until its kubeconfig was reviewed", () => {
    const { now, isPassing: isIt } = world();
    now.known = undefined;

    assert.equal(isIt(), true);
  });
});
