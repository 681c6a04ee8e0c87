import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { KubeClient } from "../../kube/client.ts";
import { ManualClock } from "../../kube/testing/manual-clock.ts";
import { Script, type Step } from "../../kube/testing/script.ts";
import { Store } from "../../runtime/store.ts";
import { applyObject, ForeignObjectError } from "./apply-object.ts";
import { type ClusterRequest, clusterRequests } from "./kinds.ts";
import { type Tenant, workloadClusterRequest } from "./tenant-access.ts";

const PROJECT = "metadata.open-control-plane.io/project";
const tenant: Tenant = { controller: "hello.example.com", name: "foo", namespace: "foo" };
const plain = workloadClusterRequest(tenant);
const path = `/apis/clusters.openmcp.cloud/v1alpha1/namespaces/${plain.metadata.namespace}/clusterrequests/${plain.metadata.name}`;

function withLabels(labels: Readonly<Record<string, string>>): ClusterRequest {
  return { ...plain, metadata: { ...plain.metadata, labels: { ...plain.metadata.labels, ...labels } } };
}

/** Applies what is wanted for a control plane of a project, where `live` is in place. */
async function apply(live: ClusterRequest, ...steps: readonly Step[]): Promise<Script> {
  const script = new Script(...steps);
  const client = new KubeClient({ transport: script.transport, clock: new ManualClock(), userAgent: "test/1" });
  const store = new Store<ClusterRequest>();
  store.written(live);
  const { signal } = new AbortController();
  const options = {
    client,
    resource: clusterRequests,
    store,
    fieldManager: "test",
    force: false,
    seesAll: true,
    signal,
  };
  await applyObject(workloadClusterRequest(tenant, withLabels({ [PROJECT]: "x" })), options);
  return script;
}

describe("applyObject", () => {
  it("knows its own object by the provider's labels, whatever is passed on to it", async () => {
    for (const live of [plain, withLabels({ [PROJECT]: "other" })]) {
      const script = await apply(live, { expect: `PATCH ${path}`, json: withLabels({ [PROJECT]: "x" }) });

      script.assertFinished();
    }
  });

  it("touches no object of somebody else, and asks for no label that is not the provider's", async () => {
    const foreign = withLabels({ [PROJECT]: "x", "openmcp.cloud/managed-by": "somebody-else" });

    await assert.rejects(apply(foreign), (error) => {
      assert.ok(error instanceof ForeignObjectError);
      return error.message.includes("openmcp.cloud/managed-by=hello.example.com") && !error.message.includes(PROJECT);
    });
  });
});
