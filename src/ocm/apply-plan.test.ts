import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Secret } from "../kube/core.ts";
import type { Condition, KubeObject, ObjectMeta, ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import { Store } from "../runtime/store.ts";
import { applyPlan } from "./apply-plan.ts";
import type { PlatformStores } from "./observed.ts";
import type { Plan } from "./plan.ts";
import type { Refusals } from "./refusal.ts";
import { tenantObjectsOf, TOOLKIT_NAME } from "./tenant-objects.ts";

const objects = tenantObjectsOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const metadata = { ...objects.toolkit, labels: objects.labels };
const source = buildOCIRepository(metadata, {
  url: "oci://example.com/chart",
  ref: { tag: "0.4.0" },
  interval: "1m0s",
});
const release = buildHelmRelease(metadata, {
  chartName: TOOLKIT_NAME,
  releaseName: "ocm-k8s-toolkit",
  targetNamespace: "ocm-k8s-toolkit-system",
  kubeconfigSecret: "kubeconfig",
  interval: "1m0s",
});
const pullSecret: Secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { ...metadata, name: "sp-ocm-registry" },
  type: "kubernetes.io/dockerconfigjson",
  data: { ".dockerconfigjson": "e30=" },
};

describe("applying a plan", () => {
  const plan: Plan = { copies: [pullSecret], source, release };
  let stores: PlatformStores;
  let sent: string[];
  beforeEach(() => {
    sent = [];
    stores = {
      clusterRequests: new Store(),
      accessRequests: new Store(),
      secretCopies: new Store(),
      ociRepositories: new Store(),
      helmReleases: new Store(),
    };
  });

  function apply(wanted: Plan): Promise<Refusals> {
    const platform = { client: clientNotingIn(sent), stores };
    return applyPlan(wanted, objects, { platform, pass: passNotingIn(sent) });
  }

  it("writes everything for a new tenant at once", async () => {
    const refusals = await apply(plan);

    assert.deepEqual(refusals, {});
    assert.deepEqual(sent, ["apply Secret", "drop Ready", "apply OCIRepository", "drop Ready", "apply HelmRelease"]);
  });

  it("leaves a release as it is while its chart is on its way", async () => {
    stores.ociRepositories.set(source);
    stores.helmReleases.set(release);

    await apply(plan);

    assert.ok(!sent.includes("apply HelmRelease"), sent.join(", "));
  });

  it("changes a release whose chart cannot be fetched", async () => {
    const condition: Condition = {
      type: "Ready",
      status: "False",
      reason: "OCIArtifactPullFailed",
      message: "no such tag",
      observedGeneration: 1,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const failing: OCIRepository = { ...source, status: { conditions: [condition] } };
    stores.ociRepositories.set({ ...failing, metadata: applied(source.metadata) });
    stores.helmReleases.set(release);

    await apply({ release });

    assert.deepEqual(sent, ["drop Ready", "apply HelmRelease"]);
  });

  it("writes no release over a foreign source, whose chart would be installed", async () => {
    stores.ociRepositories.set({ ...source, metadata: objects.toolkit });

    const { chart, release: refusal } = await apply(plan);

    assert.equal(chart?.reason, "ForeignObject");
    assert.equal(refusal, undefined);
    assert.deepEqual(sent, ["apply Secret"]);
  });

  it("leaves a foreign release alone", async () => {
    stores.helmReleases.set({ ...release, metadata: objects.toolkit });

    const { release: refusal } = await apply(plan);

    assert.equal(refusal?.reason, "ForeignObject");
    assert.ok(!sent.includes("apply HelmRelease"));
  });

  it("deletes a copy of another type before it writes the new one", async () => {
    stores.secretCopies.set({ ...pullSecret, type: "Opaque" });

    await apply(plan);

    assert.deepEqual(sent.slice(0, 2), ["delete Secret sp-ocm-registry", "apply Secret"]);
  });

  it("deletes copies that are not wanted any more, and no others", async () => {
    stores.secretCopies.set({ ...pullSecret, metadata: { ...pullSecret.metadata, name: "sp-ocm-old" } });
    stores.secretCopies.set({ ...pullSecret, metadata: { namespace: objects.namespace, name: "theirs" } });

    await apply(plan);

    assert.deepEqual(sent.at(-1), "delete Secret sp-ocm-old");
    assert.ok(!sent.includes("delete Secret theirs"));
  });
});

function clientNotingIn(sent: string[]): KubeClient {
  const client = {
    find: () => Promise.resolve(undefined),
    apply: (_resource: Resource, object: KubeObject) => {
      sent.push(`apply ${object.kind}`);
      return Promise.resolve({ ...object, metadata: applied(object.metadata) });
    },
    delete: (resource: Resource, { name }: ObjectRef) => {
      sent.push(`delete ${resource.kind} ${name}`);
      return Promise.resolve();
    },
  };
  return client as unknown as KubeClient;
}

function passNotingIn(sent: string[]): Pass {
  const dropReady = async (): Promise<void> => void sent.push("drop Ready");
  return { force: false, signal: new AbortController().signal, dropReady };
}

function applied(written: ObjectMeta): ObjectMeta {
  return { ...written, resourceVersion: "2", generation: 1 };
}
