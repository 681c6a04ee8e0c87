import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import type { SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { tenantNamespace } from "../../sim/platform/tenant-namespace.ts";
import { waitFor } from "../../sim/stand-in/wait-for.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { type EmbeddedGround, startEmbeddedGround } from "./embedded-ground.ts";

const mcp = { name: "mcp-01", namespace: "project-p--ws-w" };
const namespace = tenantNamespace(mcp);
const target = { name: "ocm-k8s-toolkit", namespace: "ocm-k8s-toolkit-system" };
const source = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository", name: "chart", namespace };
const release = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", name: "toolkit", namespace };
const access = { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "AccessRequest", name: "tenant--mcp", namespace };
const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };

describe("the embedded ground", () => {
  let ground: EmbeddedGround;
  let platform: SimClient;
  let tenant: SimClient;

  before(async () => {
    ground = await startEmbeddedGround();
    await ground.orderControlPlane(mcp);
    platform = clientOf("platform");
    tenant = clientOf(namespace);
  });
  after(() => ground.stop());

  const clientOf = (key: string): SimClient => {
    const cluster = ground.clusters.get(key);
    assert.ok(cluster !== undefined);
    return cluster.client;
  };
  const untilReleased = (revision: string): Promise<void> =>
    until(async () => {
      const object = await platform.get(release);
      return textAt(object, "status", "lastAttemptedRevision").startsWith(revision) && isReady(object);
    });

  it("installs a release on the control plane once access and source are there", async () => {
    await platform.create({
      ...identify(access),
      spec: {
        requestRef: { name: mcp.name, namespace },
        token: { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] },
      },
    });
    await until(async () => textAt(await platform.get(access), "status", "phase") === "Granted");
    await platform.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "pull", namespace },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": ground.charts.dockerConfigJson },
    });
    await platform.create({
      ...identify(source),
      spec: {
        url: ground.charts.chartURL,
        ref: { tag: "0.4.0" },
        interval: "1m",
        secretRef: { name: "pull" },
        layerSelector: { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" },
      },
    });
    await platform.create({ ...identify(release), spec: releaseSpec() });

    await untilReleased("0.4.0+");

    const deployment = await tenant.get(deploymentRef());
    assert.equal(valueAt(deployment, "status", "availableReplicas"), 1);
    assert.equal((await helmRecords(tenant)).length, 1);
  });

  it("upgrades in place when the source moves on", async () => {
    const installed = await tenant.get(deploymentRef());

    await platform.patchMerge(source, { spec: { ref: { tag: "0.5.0" } } });
    await untilReleased("0.5.0+");

    const deployment = await tenant.get(deploymentRef());
    assert.equal(deployment.metadata.uid, installed.metadata.uid);
    assert.match(JSON.stringify(valueAt(deployment, "spec")), /:0\.5\.0"/);
    assert.equal((await helmRecords(tenant)).length, 2);
  });

  it("rolls back values that never become healthy", async () => {
    const values = { manager: { nodeSelector: { nobody: "matches" } } };
    await platform.patchMerge(release, { spec: { timeout: "50ms", values } });

    await until(async () => conditionOf(await platform.get(release), "Ready")?.reason === "RollbackSucceeded");

    const deployment = await tenant.get(deploymentRef());
    assert.equal(valueAt(deployment, "spec", "template", "spec", "nodeSelector"), undefined);
    await platform.patchMerge(release, { spec: { timeout: "5m", values: null } });
    await untilReleased("0.5.0+");
  });

  it("uninstalls the release with its HelmRelease, and keeps the CRDs", async () => {
    await platform.delete(release);
    await until(async () => (await platform.find(release)) === undefined);

    assert.equal(await tenant.find(deploymentRef()), undefined);
    assert.equal((await helmRecords(tenant)).length, 0);
    assert.notEqual(await tenant.find({ ...crd, name: "repositories.delivery.ocm.software" }), undefined);
  });

  it("takes the secret away with the access request", async () => {
    const name = textAt(await platform.get(access), "status", "secretRef", "name");

    await platform.delete(access);

    const secret = { apiVersion: "v1", kind: "Secret", name, namespace };
    await until(async () => (await platform.find(secret)) === undefined);
  });

  it("removes a control plane with its tenant namespace and its API server", async () => {
    await platform.delete(source);

    await ground.removeControlPlane(mcp);

    assert.equal(await platform.find({ apiVersion: "v1", kind: "Namespace", name: namespace }), undefined);
    assert.equal(ground.clusters.has(namespace), false);
  });

  it("leaves nothing behind when it is stopped, even twice", async () => {
    await ground.stop();
    await ground.stop();

    assert.equal(existsSync(ground.folder), false);
  });
});

function until(isDone: () => Promise<boolean>): Promise<void> {
  return waitFor(systemSimClock, isDone);
}

function deploymentRef(): Parameters<SimClient["get"]>[0] {
  const name = `${target.name}-controller-manager`;
  return { apiVersion: "apps/v1", kind: "Deployment", namespace: target.namespace, name };
}

function helmRecords(client: SimClient): Promise<Obj[]> {
  const secrets = { apiVersion: "v1", kind: "Secret", namespace: target.namespace };
  return client.list(secrets, { labelSelector: "owner=helm" });
}

function releaseSpec(): object {
  const secretRef = { name: "tenant--mcp.kubeconfig", key: "kubeconfig" };
  return {
    interval: "1m",
    chartRef: { kind: "OCIRepository", name: source.name, namespace },
    releaseName: target.name,
    targetNamespace: target.namespace,
    storageNamespace: target.namespace,
    kubeConfig: { secretRef },
    install: { crds: "Create", createNamespace: true, remediation: { retries: 3 } },
    upgrade: { crds: "CreateReplace", cleanupOnFail: true, remediation: { retries: 3, strategy: "rollback" } },
  };
}

function identify(ref: typeof source): Obj {
  const { apiVersion, kind, name } = ref;
  return { apiVersion, kind, metadata: { name, namespace } };
}

type Condition = { readonly type: string; readonly status: string; readonly reason: string };

function conditionOf(object: Obj, type: string): Condition | undefined {
  return (listAt(object, "status", "conditions") as readonly Condition[]).find((one) => one.type === type);
}

function isReady(object: Obj): boolean {
  const isObserved = valueAt(object, "status", "observedGeneration") === object.metadata.generation;
  return isObserved && conditionOf(object, "Ready")?.status === "True" && !conditionOf(object, "Reconciling");
}
