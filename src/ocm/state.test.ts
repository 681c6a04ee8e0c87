import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository } from "../flux/oci-repository.ts";
import type { KubeObject } from "../kube/object.ts";
import type { ClusterRequest } from "../openmcp/platform/kinds.ts";
import { mcpAccessRequest, workloadAccessRequest, workloadClusterRequest } from "../openmcp/platform/tenant-access.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { TOOLKIT_NAME } from "./names.ts";
import { installedTarget, isMarked, type PlatformStores } from "./state.ts";
import { namesOf, type Names } from "./names.ts";
import { refuseSharedCluster } from "./target-secrets.ts";
import { emptyStores } from "./testing/platform-stores.ts";

const OCM = { name: "mcp-01", namespace: "project-x--ws-y" };
const own = namesOf(OCM, "workload");
const other = namesOf({ ...OCM, name: "mcp-02" }, "workload");
let stores: PlatformStores;

beforeEach(() => {
  stores = emptyStores();
});

describe("the target of an installation", () => {
  it("is open as long as nothing has been begun", () => {
    assert.equal(installedTarget(own.tenant, stores), undefined);
  });

  it("is told by the release, whatever else is there", () => {
    stores.helmReleases.set(releaseOf(own));
    stores.accessRequests.set(mcpAccessRequest(own.tenant, {}));

    assert.equal(installedTarget(own.tenant, stores), "workload");
  });

  it("is told by the access, and by the cluster, that was requested", () => {
    stores.clusterRequests.set(applied(workloadClusterRequest(own.tenant)));
    assert.equal(installedTarget(own.tenant, stores), "workload");

    stores.accessRequests.set(mcpAccessRequest(own.tenant, {}));
    assert.equal(installedTarget(own.tenant, stores), "mcp");
  });

  it("is not told by what an earlier provider requested for every tenant", () => {
    stores.clusterRequests.set(workloadClusterRequest(own.tenant));
    stores.accessRequests.set(workloadAccessRequest(own.tenant, {}));

    assert.equal(installedTarget(own.tenant, stores), undefined);
  });
});

describe("the mark of an installation", () => {
  const plain = mcpAccessRequest(own.tenant, {});
  const first = withAnnotation(plain, ANNOTATIONS.firstAccess);
  const source = buildOCIRepository(
    { name: TOOLKIT_NAME, namespace: own.namespace },
    { url: "oci://c", ref: { tag: "1" }, interval: "1m0s" },
  );
  const marked = withAnnotation(source, ANNOTATIONS.installedOn);
  const granted = { ...first, status: { phase: "Granted", observedGeneration: 1, secretRef: { name: "k" } } };
  const denied = { ...first, status: { phase: "Denied", observedGeneration: 1 } };
  const rows = [
    { what: "counts for nothing while the first access waits", source: marked, accessRequests: [first], is: false },
    { what: "counts for nothing when the first access is denied", source: marked, accessRequests: [denied], is: false },
    { what: "counts as soon as a kubeconfig is handed out", source: marked, accessRequests: [granted], is: true },
    { what: "counts when the access is not the first one", source: marked, accessRequests: [plain], is: true },
    {
      what: "counts when one access of several is not the first",
      source: marked,
      accessRequests: [first, plain],
      is: true,
    },
    { what: "counts when somebody has deleted the access", source: marked, accessRequests: [], is: true },
    { what: "counts when there is a release", source, accessRequests: [first], release: releaseOf(own), is: true },
    { what: "is not there before it is written", source, accessRequests: [granted], is: false },
  ];
  for (const { what, is, release, ...state } of rows) {
    it(what, () => {
      assert.equal(isMarked({ release, ...state }), is);
    });
  }
});

describe("a workload cluster", () => {
  it("is taken by the older one of two requests, until one of them has a release", () => {
    stores.clusterRequests.set(assigned(own, "shared", "2026-01-01T00:00:00Z"));
    stores.clusterRequests.set(assigned(other, "shared", "2026-01-02T00:00:00Z"));
    assert.deepEqual(refused(), [false, true]);

    stores.helmReleases.set(releaseOf(other));
    assert.deepEqual(refused(), [true, false]);
  });

  it("is free for a tenant who has it alone, or has none yet", () => {
    stores.clusterRequests.set(assigned(own, "one", "2026-01-02T00:00:00Z"));
    stores.clusterRequests.set(assigned(other, "two", "2026-01-01T00:00:00Z"));
    assert.deepEqual(refused(), [false, false]);

    stores.clusterRequests.set(applied(workloadClusterRequest(own.tenant)));
    assert.deepEqual(refused(), [false, false]);
  });
});

function refused(): readonly boolean[] {
  return [own, other].map((objects) => refuseSharedCluster(objects, stores)?.reason === "ClusterShared");
}

function releaseOf({ toolkit, labels }: Names): ReturnType<typeof buildHelmRelease> {
  return buildHelmRelease(
    { ...toolkit, labels },
    { chartName: "c", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "k", interval: "1m0s" },
  );
}

function assigned({ tenant }: Names, name: string, creationTimestamp: string): ClusterRequest {
  const request = applied(workloadClusterRequest(tenant));
  const status = { phase: "Granted", observedGeneration: 1, cluster: { name, namespace: "clusters" } };
  return { ...request, metadata: { ...request.metadata, creationTimestamp, uid: name }, status };
}

function withAnnotation<T extends KubeObject>(object: T, name: string): T {
  return { ...object, metadata: { ...object.metadata, annotations: { [name]: "mcp" } } };
}

function applied<T extends KubeObject>(object: T): T {
  const managedFields = [{ manager: FIELD_MANAGER, operation: "Apply" }];
  return { ...object, metadata: { ...object.metadata, managedFields } };
}
