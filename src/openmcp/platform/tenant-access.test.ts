import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { AccessRequest, ClusterRequest } from "./kinds.ts";
import {
  isOurs,
  mcpAccessRequest,
  passedOn,
  tenantLabels,
  workloadAccessRequest,
  withoutPassedOn,
  workloadClusterRequest,
  type Tenant,
  accessState,
  clusterState,
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

  it("passes on to its own cluster what the platform passes on, and never its own labels", () => {
    const theirs = "metadata.open-control-plane.io";
    const origin: ClusterRequest = {
      ...workloadClusterRequest(tenant),
      metadata: {
        name: "foo",
        labels: {
          [`${theirs}/project`]: "x",
          [theirs]: "no",
          [`x${theirs}/a`]: "no",
          "openmcp.cloud/managed-by": "no",
        },
        annotations: { [`${theirs}/text`]: "any text", "kubectl.kubernetes.io/last-applied-configuration": "no" },
        finalizers: ["no"],
      },
    };

    const { metadata, ...request } = workloadClusterRequest(tenant, origin);

    const { metadata: plain, ...same } = workloadClusterRequest(tenant);
    assert.deepEqual(request, same);
    assert.deepEqual(metadata, {
      ...plain,
      labels: { ...plain.labels, [`${theirs}/project`]: "x" },
      annotations: { [`${theirs}/text`]: "any text" },
    });
    assert.deepEqual(passedOn({}), { labels: {}, annotations: {} });
    assert.deepEqual(withoutPassedOn(metadata.labels), plain.labels);
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

const condition = { type: "Ready", reason: "Refused", lastTransitionTime: "2026-01-01T00:00:00Z" };

function accessRequest(status?: AccessRequest["status"]): AccessRequest {
  return {
    apiVersion: "clusters.openmcp.cloud/v1alpha1",
    kind: "AccessRequest",
    metadata: { name: "access", namespace: "tenant", generation: 2 },
    spec: {},
    ...(status !== undefined && { status }),
  };
}

function clusterRequest(status?: ClusterRequest["status"]): ClusterRequest {
  return {
    apiVersion: "clusters.openmcp.cloud/v1alpha1",
    kind: "ClusterRequest",
    metadata: { name: "cluster", namespace: "tenant", generation: 1 },
    spec: { purpose: "workload" },
    ...(status !== undefined && { status }),
  };
}

describe("accessState", () => {
  it("is absent without a request", () => {
    assert.equal(accessState(undefined).state, "absent");
  });

  it("is pending until the platform has written a status", () => {
    assert.equal(accessState(accessRequest()).state, "pending");
  });

  it("is granted, with the secret's name, when the current generation is", () => {
    const state = accessState(
      accessRequest({ phase: "Granted", observedGeneration: 2, secretRef: { name: "access.kubeconfig" } }),
    );

    assert.deepEqual(state, {
      state: "granted",
      secretName: "access.kubeconfig",
      message: 'AccessRequest "access" is granted',
    });
  });

  it("does not trust what an older generation was told", () => {
    for (const phase of ["Granted", "Denied"]) {
      const state = accessState(accessRequest({ phase, observedGeneration: 1, secretRef: { name: "secret" } }));

      assert.equal(state.state, "pending", phase);
    }
  });

  it("is pending once the request is being deleted, whatever its status still says", () => {
    const request = accessRequest({ phase: "Granted", observedGeneration: 2, secretRef: { name: "secret" } });

    const state = accessState({
      ...request,
      metadata: { ...request.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    });

    assert.deepEqual(state, { state: "pending", message: 'AccessRequest "access" is being deleted' });
  });

  it("is pending while the grant names no secret", () => {
    for (const secretRef of [undefined, { name: "" }]) {
      const state = accessState(
        accessRequest({ phase: "Granted", observedGeneration: 2, ...(secretRef !== undefined && { secretRef }) }),
      );

      assert.equal(state.state, "pending");
    }
  });

  it("repeats the platform's reason for a refusal", () => {
    const state = accessState(
      accessRequest({
        phase: "Denied",
        observedGeneration: 2,
        conditions: [{ ...condition, status: "False", message: "quota exceeded" }],
      }),
    );

    assert.deepEqual(state, { state: "denied", message: 'AccessRequest "access" was denied: quota exceeded' });
  });

  it("treats a phase it does not know as pending and names it", () => {
    const state = accessState(accessRequest({ phase: "Unsure", observedGeneration: 2 }));

    assert.deepEqual(state, { state: "pending", message: 'AccessRequest "access" is Unsure' });
  });
});

describe("clusterState", () => {
  it("follows the phase of the request", () => {
    assert.equal(clusterState(undefined).state, "absent");
    assert.equal(clusterState(clusterRequest()).state, "pending");
    for (const [phase, expected] of [
      ["Pending", "pending"],
      ["Granted", "granted"],
      ["Denied", "denied"],
    ] as const) {
      assert.equal(clusterState(clusterRequest({ phase, observedGeneration: 1 })).state, expected);
    }
  });
});
