import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import { deployments, namespaces, pods, secrets } from "../kube/core.ts";
import type { KubeObject, ObjectMeta } from "../kube/object.ts";
import { apiVersionOf, type Resource } from "../kube/resource.ts";
import type { Judgement } from "../openmcp/service/inspection.ts";
import { inspection } from "./inspection.ts";

type Content = Readonly<Record<string, unknown>>;

function object(resource: Resource, metadata: Partial<ObjectMeta>, content: Content = {}): KubeObject {
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return { ...identity, metadata: { name: "sp-ocm-k8s-toolkit", generation: 1, ...metadata }, ...content };
}

function judge(where: "platform" | "target", judged: KubeObject): Judgement | undefined {
  const kind = inspection[where].find(({ resource }) => resource.kind === judged.kind);
  assert.ok(kind !== undefined);
  return kind.judge(judged, [judged]);
}

function condition(type: string, status: string, reason: string, message: string): Content {
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
}

const source = (status: Content): KubeObject =>
  object(ociRepositories, {}, { spec: { url: "oci://r/c", ref: { tag: "1.0.0" } }, status });

function markedFor(cluster: string): KubeObject {
  return object(ociRepositories, { annotations: { "ocm.services.openmcp.cloud/installed-on": cluster } });
}

describe("how objects of an installation are judged", () => {
  it("says which chart is fetched, and from where", () => {
    const conditions = [condition("Ready", "True", "Succeeded", "stored artifact")];
    const artifact = { revision: "1.0.0@sha256:abc" };

    assert.deepEqual(judge("platform", source({ observedGeneration: 1, conditions, artifact })), {
      state: "ready",
      message: "",
      since: "2026-01-01T00:00:00Z",
      version: "1.0.0",
      details: { url: "oci://r/c", artifact: "1.0.0@sha256:abc" },
    });
  });

  it("says why a chart is not fetched", () => {
    const conditions = [condition("Ready", "False", "OCIArtifactPullFailed", "denied")];

    const { state, message, details } = judge("platform", source({ conditions })) ?? assert.fail();

    assert.deepEqual([state, message, details?.["artifact"]], ["failed", "OCIArtifactPullFailed: denied", "none"]);
  });

  it("says of a suspended release that it is suspended, and which version was attempted last", () => {
    const status = {
      lastAttemptedRevision: "2.0.0+0123456789ab",
      history: [{ status: "deployed", chartVersion: "1.0.0+0123456789ab" }],
    };
    const release = object(helmReleases, {}, { spec: { suspend: true }, status });

    const { state, message, version, details } = judge("platform", release) ?? assert.fail();

    assert.equal(state, "waiting");
    assert.match(message, /^suspended: /);
    assert.deepEqual([version, details], ["1.0.0", { "attempted last": "2.0.0" }]);
  });

  it("leaves out Flux's objects of another name", () => {
    assert.equal(judge("platform", object(helmReleases, { name: "else" })), undefined);
    assert.equal(judge("platform", object(ociRepositories, { name: "else" })), undefined);
  });

  for (const [labels, said] of [
    [{ owner: "helm", status: "deployed", version: "3" }, ["ready", "Helm's record: revision 3, deployed"]],
    [{ owner: "helm", status: "failed", version: "3" }, ["failed", "Helm's record: revision 3, failed"]],
    [
      { owner: "helm", status: "pending-upgrade", version: "3" },
      ["waiting", "Helm's record: revision 3, pending-upgrade"],
    ],
    [{ owner: "helm", status: "superseded", version: "2" }, undefined],
    [
      { "openmcp.cloud/managed-by": "ocm.services.openmcp.cloud" },
      ["ready", "copy of a Secret of the operator, for the toolkit's pods"],
    ],
    [{}, undefined],
  ] as const) {
    it(`judges a Secret on the target by its labels: ${JSON.stringify(labels)}`, () => {
      const judgement = judge("target", object(secrets, { labels }));

      assert.deepEqual(judgement && [judgement.state, judgement.message], said);
    });
  }

  for (const [status, said] of [
    [{ availableReplicas: 2 }, ["ready", "2 of 2 replicas available"]],
    [undefined, ["waiting", "0 of 2 replicas available"]],
    [
      {
        conditions: [
          { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" },
        ],
      },
      ["failed", "0 of 2 replicas available: timed out"],
    ],
    [
      { conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }] },
      ["failed", "0 of 2 replicas available: FailedCreate"],
    ],
  ] as const) {
    it(`judges a Deployment: ${said.join(", ")}`, () => {
      const template = { spec: { containers: [{ name: "a", image: "r/a:1" }] } };
      const judgement = judge("target", object(deployments, {}, { spec: { replicas: 2, template }, status }));

      assert.deepEqual(judgement && [judgement.state, judgement.message], said);
      assert.deepEqual(judgement?.details, { image: "r/a:1" });
    });
  }

  for (const [what, status, message] of [
    [
      "cannot pull its image",
      {
        containerStatuses: [
          {
            name: "a",
            ready: false,
            restartCount: 0,
            state: { waiting: { reason: "ImagePullBackOff", message: "no" } },
          },
        ],
      },
      "a: ImagePullBackOff: no, 0 restarts",
    ],
    [
      "has ended",
      {
        containerStatuses: [
          { name: "a", ready: false, restartCount: 4, state: { terminated: { reason: "OOMKilled" } } },
        ],
      },
      "a: OOMKilled, 4 restarts",
    ],
    ["finds no node", { conditions: [{ type: "PodScheduled", status: "False", message: "no node" }] }, "no node"],
    ["runs", { containerStatuses: [{ name: "a", ready: true, restartCount: 0, state: { running: {} } }] }, undefined],
    ["is unknown to any node", undefined, undefined],
  ] as const) {
    it(`shows a pod only where that says more than its Deployment: it ${what}`, () => {
      assert.equal(judge("target", object(pods, {}, { status }))?.message, message);
    });
  }

  it("has nothing to say of the namespace but that it is there", () => {
    assert.deepEqual(judge("target", object(namespaces, {})), { state: "ready", message: "" });
  });

  it("finds the cluster of the installation by the mark on the OCIRepository", () => {
    assert.deepEqual(
      [[markedFor("workload")], [markedFor("mcp")], []].map((objects) => inspection.targetOf?.(objects)),
      ["workload", "mcp", "mcp"],
    );
  });
});
