import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import type { HelmRelease } from "../../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../../flux/oci-repository.ts";
import type { ManagedFieldsEntry, ObjectMeta } from "../../kube/object.ts";
import { workloadAccessRequest, workloadClusterRequest } from "../../openmcp/platform/tenant-access.ts";
import { Store } from "../../runtime/store.ts";
import type { PlatformStores } from "../observed.ts";
import { RELEASE_NAME, RELEASE_NAMESPACE, tenantObjectsOf } from "../tenant-objects.ts";
import { findLeftovers, FIRST_RELEASE_NAME, FIRST_SOURCE_NAME, isLittered, type LeftoverStores } from "./leftovers.ts";
import { playRelease } from "./testing/play-release.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const { namespace, tenant } = objects;
const byGo: ManagedFieldsEntry = {
  manager: "service-provider-ocm",
  operation: "Update",
  fieldsV1: { "f:spec": { "f:interval": {} } },
};
const bySomebody: ManagedFieldsEntry = { ...byGo, manager: "kubectl-create" };

describe("findLeftovers", () => {
  let platform: PlatformStores;
  let first: LeftoverStores;
  beforeEach(() => {
    platform = {
      clusterRequests: new Store(),
      accessRequests: new Store(),
      secretCopies: new Store(),
      ociRepositories: new Store(),
      helmReleases: new Store(),
    };
    first = { releases: new Store(), sources: new Store() };
  });

  it("finds nothing where the Go provider has never been", () => {
    const leftovers = findLeftovers(objects, platform, first);

    assert.ok(Object.values(leftovers).every((found) => found === undefined));
    assert.ok(!isLittered(leftovers));
  });

  it("finds release, source and the requests for a workload cluster of its own tenant", () => {
    first.releases.set(release(byGo));
    first.sources.set(source(byGo));
    platform.accessRequests.set(workloadAccessRequest(tenant, {}));
    platform.clusterRequests.set(workloadClusterRequest(tenant));

    const leftovers = findLeftovers(objects, platform, first);

    assert.ok(Object.values(leftovers).every((found) => found?.metadata.namespace === namespace));
    assert.ok(isLittered(leftovers));
    const other = tenantObjectsOf({ name: "mcp-02", namespace: "project-x--ws-y" });
    assert.ok(Object.values(findLeftovers(other, platform, first)).every((found) => found === undefined));
  });

  it("leaves out what somebody else has made", () => {
    first.releases.set(release(bySomebody));
    first.sources.set(source(bySomebody));
    const { metadata, ...request } = workloadClusterRequest(tenant);
    platform.clusterRequests.set({ ...request, metadata: { ...metadata, labels: {} } });

    const leftovers = findLeftovers(objects, platform, first);

    assert.ok(Object.values(leftovers).every((found) => found === undefined));
  });

  it("leaves out a release that Helm keeps under another name", () => {
    const { spec, ...rest } = release(byGo);
    assert.ok(spec);
    first.releases.set({ ...rest, spec: { ...spec, releaseName: "another" } });

    assert.equal(findLeftovers(objects, platform, first).release, undefined);
  });
});

function release(managed: ManagedFieldsEntry): HelmRelease {
  const { spec, ...rest } = playRelease();
  assert.ok(spec);
  const target = { targetNamespace: RELEASE_NAMESPACE, storageNamespace: RELEASE_NAMESPACE };
  return {
    ...rest,
    metadata: named(FIRST_RELEASE_NAME, managed),
    spec: { ...spec, ...target, releaseName: RELEASE_NAME },
  };
}

function source(managed: ManagedFieldsEntry): OCIRepository {
  const chart = { url: "oci://example.com/chart", ref: { tag: "0.4.0" }, interval: "1m0s" };
  return buildOCIRepository(named(FIRST_SOURCE_NAME, managed), chart);
}

function named(name: string, managed: ManagedFieldsEntry): ObjectMeta {
  return { namespace, name, managedFields: [managed] };
}
