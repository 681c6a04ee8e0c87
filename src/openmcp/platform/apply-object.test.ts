import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { KubeClient } from "../../kube/client.ts";
import { ConflictError } from "../../kube/errors.ts";
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
async function apply(live: ClusterRequest | undefined, ...steps: readonly Step[]): Promise<Script> {
  const script = new Script(...steps);
  const client = new KubeClient({ transport: script.transport, clock: new ManualClock(), userAgent: "test/1" });
  const store = new Store<ClusterRequest>();
  if (live !== undefined) {
    store.written(live);
  }
  const { signal } = new AbortController();
  const options = {
    client,
    resource: clusterRequests,
    store,
    fieldManager: "test",
    force: false,
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

  it("creates what the store does not know, without a look before", async () => {
    const script = await apply(undefined, { expect: `PATCH ${path}`, json: plain });

    script.assertFinished();
    assert.deepEqual(script.query(0), { fieldManager: "test" });
    assert.equal((script.body(0) as ClusterRequest).metadata.resourceVersion, "1");
  });

  it("looks at the object that has the name already, and touches it only if it is the provider's own", async () => {
    const taken = { expect: `PATCH ${path}`, status: 409, json: { reason: "Conflict", message: "modified" } };

    const script = await apply(
      undefined,
      taken,
      { expect: `GET ${path}`, json: plain },
      { expect: `PATCH ${path}`, json: withLabels({ [PROJECT]: "x" }) },
    );

    script.assertFinished();
    assert.deepEqual(script.query(2), { fieldManager: "test", force: "true" });
    const foreign = withLabels({ "openmcp.cloud/managed-by": "somebody-else" });
    await assert.rejects(apply(undefined, taken, { expect: `GET ${path}`, json: foreign }), ForeignObjectError);
  });

  it("leaves the conflict to the next pass when the object with the name is gone meanwhile", async () => {
    const steps = [
      { expect: `PATCH ${path}`, status: 409, json: { reason: "Conflict", message: "modified" } },
      { expect: `GET ${path}`, status: 404, json: { reason: "NotFound", message: "none" } },
    ];

    await assert.rejects(apply(undefined, ...steps), ConflictError);
  });
});
