import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import type { KubeObject } from "../kube/object.ts";
import type { ClusterRequest } from "../openmcp/platform/kinds.ts";
import { mcpAccessRequest, workloadAccessRequest, workloadClusterRequest } from "../openmcp/platform/tenant-access.ts";
import { Store } from "../runtime/store.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { installedTarget, type PlatformStores } from "./state.ts";
import { namesOf, type Names } from "./names.ts";
import { refuseSharedCluster } from "./target-secrets.ts";

const OCM = { name: "mcp-01", namespace: "project-x--ws-y" };
const own = namesOf(OCM, "workload");
const other = namesOf({ ...OCM, name: "mcp-02" }, "workload");
let stores: PlatformStores;

beforeEach(() => {
  stores = {
    clusterRequests: new Store(),
    accessRequests: new Store(),
    secretCopies: new Store(),
    ociRepositories: new Store(),
    lookups: new Store(),
    helmReleases: new Store(),
  };
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

function applied<T extends KubeObject>(object: T): T {
  const managedFields = [{ manager: FIELD_MANAGER, operation: "Apply" }];
  return { ...object, metadata: { ...object.metadata, managedFields } };
}
