import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isOurs,
  mcpAccessRequest,
  tenantLabels,
  workloadAccessRequest,
  workloadClusterRequest,
  type Tenant,
} from "./tenant-access.ts";

const tenant: Tenant = { controller: "ocm.services.openmcp.cloud", name: "foo", namespace: "foo" };
const namespace = "mcp--ed00e8ed-8a09-8c62-a9b8-e6fc20255174";

const admin = { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] } as const;

describe("tenant access", () => {
  it("requests access to the control plane through the ClusterRequest the platform has made", () => {
    assert.deepEqual(mcpAccessRequest(tenant, admin), {
      apiVersion: "clusters.openmcp.cloud/v1alpha1",
      kind: "AccessRequest",
      metadata: {
        name: "ocm.services.openmcp.cloud--foo--mcp",
        namespace,
        labels: {
          "openmcp.cloud/managed-by": "ocm.services.openmcp.cloud",
          "openmcp.cloud/managed-purpose": "foo.foo.mcp",
          "openmcp.cloud/onboarding-name": "foo",
          "openmcp.cloud/onboarding-namespace": "foo",
        },
        finalizers: ["clusters.openmcp.cloud/clusteraccess"],
      },
      spec: {
        requestRef: { name: "foo", namespace },
        token: { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] },
      },
    });
  });

  it("requests an own workload cluster and the given rights on it", () => {
    const token = { permissions: [{ rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] }] }] };
    const name = "ocm.services.openmcp.cloud--foo--wl";

    const cluster = workloadClusterRequest(tenant);
    const access = workloadAccessRequest(tenant, token);

    assert.deepEqual(cluster.metadata, access.metadata);
    assert.equal(access.metadata.name, name);
    assert.equal(access.metadata.labels?.["openmcp.cloud/managed-purpose"], "foo.foo.workload");
    assert.deepEqual(cluster.spec, { purpose: "workload" });
    assert.deepEqual(access.spec, { requestRef: { name, namespace }, token });
  });

  it("keeps every label value within 63 characters", () => {
    const long = tenantLabels({ ...tenant, name: "a".repeat(253), namespace: "b".repeat(63) }, "mcp");

    for (const value of Object.values(long)) {
      assert.match(value, /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/u);
    }
  });

  it("takes an object for ours only when all labels have our values", () => {
    const labels = tenantLabels(tenant, "mcp");
    const request = mcpAccessRequest(tenant, admin);
    const withLabels = (changed: Readonly<Record<string, string>>): boolean =>
      isOurs({ ...request, metadata: { ...request.metadata, labels: changed } }, labels);

    assert.ok(isOurs(request, labels));
    assert.ok(withLabels({ ...labels, extra: "label" }));
    assert.ok(!withLabels({}));
    assert.ok(!withLabels({ ...labels, "openmcp.cloud/managed-by": "somebody-else" }));
    assert.ok(!isOurs({ ...request, metadata: { name: "no-labels" } }, labels));
  });
});
