import assert from "node:assert/strict";
import { access, readdir, readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { ControlPlaneRef } from "../../ground/ground.ts";
import { connectAsAdmin } from "../../ground/real/connect-as-admin.ts";
import { startRealGround } from "../../ground/real/real-ground.ts";
import type { RealGround } from "../../ground/real/real-ground.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { KindRef } from "../../sim/resource-paths.ts";
import { tenantNamespace } from "../../sim/platform/tenant-namespace.ts";

type WithStatus = Obj & {
  readonly status?: {
    readonly phase?: string;
    readonly secretRef?: { readonly name: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
};

const controlPlane: ControlPlaneRef = { name: "mcp-01", namespace: "project-a--ws-b" };
const namespace = tenantNamespace(controlPlane);
const SYSTEM = "ocm-k8s-toolkit-system";

const deployments: KindRef = { apiVersion: "apps/v1", kind: "Deployment", namespace: SYSTEM };
const crds: KindRef = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
const accessRequests: KindRef = { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "AccessRequest", namespace };
const ociRepositories: KindRef = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository", namespace };
const helmReleases: KindRef = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", namespace };

void describe("the real ground", { timeout: 300_000 }, () => {
  let ground: RealGround;
  let platform: SimClient;
  let mcp: SimClient;

  before(async () => {
    ground = await startRealGround();
    platform = connectAsAdmin(ground.servers.platform);
    await ground.orderControlPlane(controlPlane);
    const server = ground.controlPlanes.find(controlPlane);
    assert.ok(server !== undefined);
    mcp = connectAsAdmin(server);
    const { dockerConfigJson, wrongDockerConfigJson } = ground.charts;
    await Promise.all([
      platform.create(pullSecret("pull", dockerConfigJson)),
      platform.create(pullSecret("wrong", wrongDockerConfigJson)),
    ]);
  });

  after(() => ground.stop());

  void it("installs the chart through Flux with a kubeconfig that the platform has granted", async () => {
    const [version = ""] = ground.charts.versions;
    const granted = await until(platform, accessRequests, ({ status }) => status?.phase === "Granted");
    await platform.create(source("chart", { url: ground.charts.chartURL, tag: version, secretName: "pull" }));
    await platform.create(release("toolkit", granted.status?.secretRef?.name ?? ""));

    await until(platform, helmReleases, (object) => statusOf(object, "Ready") === "True");

    const [deployment] = await mcp.list<WithStatus>(deployments);
    assert.ok(deployment !== undefined);
    assert.equal(deployment.metadata.labels?.["app.kubernetes.io/version"], version);
    assert.equal(statusOf(deployment, "Available"), "True");
  });

  void it("keeps the chart's CRDs when the release is uninstalled", async () => {
    await platform.delete({ ...helmReleases, name: "toolkit" });
    await untilNone(platform, helmReleases);

    assert.deepEqual(await mcp.list(deployments), []);
    const kept = await mcp.list(crds);
    assert.ok(kept.some(({ metadata }) => metadata.name === "repositories.delivery.ocm.software"));
  });

  void it("lets nobody pull the chart with a wrong password", async () => {
    const [tag = ""] = ground.charts.versions;
    await platform.create(source("refused", { url: ground.charts.chartURL, tag, secretName: "wrong" }));

    const refused = await until(
      platform,
      ociRepositories,
      (object) => object.metadata.name === "refused" && statusOf(object, "Ready") === "False",
    );

    assert.match(refused.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "", /UNAUTHORIZED/u);
  });

  void it("removes one control plane and leaves another of the same name alone", async () => {
    const other: ControlPlaneRef = { ...controlPlane, namespace: "project-a--ws-c" };
    await ground.orderControlPlane(other);

    await ground.removeControlPlane(other);

    const v1Namespace = { apiVersion: "v1", kind: "Namespace" };
    assert.equal(ground.controlPlanes.find(other), undefined);
    assert.equal(await platform.find({ ...v1Namespace, name: tenantNamespace(other) }), undefined);
    assert.notEqual(await platform.find({ ...v1Namespace, name: namespace }), undefined);
    assert.notEqual(await mcp.find({ ...v1Namespace, name: SYSTEM }), undefined);
  });

  void it("goes on where it was after an API server was killed and started again", async () => {
    await ground.servers.platform.kill();
    await ground.servers.platform.restart();

    assert.equal((await platform.list(ociRepositories)).length, 2);
  });

  void it("stops all it started, and leaves no file behind", async () => {
    const { folder } = ground;
    assert.notDeepEqual(await processesThatMention(folder), []);

    await Promise.all([ground.stop(), ground.stop()]);

    assert.deepEqual(await processesThatMention(folder), []);
    await assert.rejects(access(folder));
  });
});

function pullSecret(name: string, dockerConfigJson: string): Obj {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": dockerConfigJson },
  };
}

function source(name: string, from: { readonly url: string; readonly tag: string; readonly secretName: string }): Obj {
  return {
    apiVersion: ociRepositories.apiVersion,
    kind: ociRepositories.kind,
    metadata: { name, namespace },
    spec: {
      interval: "1m",
      url: from.url,
      ref: { tag: from.tag },
      secretRef: { name: from.secretName },
      layerSelector: { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" },
    },
  };
}

function release(name: string, kubeconfigSecret: string): Obj {
  return {
    apiVersion: helmReleases.apiVersion,
    kind: helmReleases.kind,
    metadata: { name, namespace },
    spec: {
      interval: "1m",
      chartRef: { kind: ociRepositories.kind, name: "chart" },
      releaseName: "ocm-k8s-toolkit",
      targetNamespace: SYSTEM,
      storageNamespace: SYSTEM,
      kubeConfig: { secretRef: { name: kubeconfigSecret, key: "kubeconfig" } },
      install: { createNamespace: true },
      values: { manager: { concurrency: { resource: 2 } } },
    },
  };
}

async function until(client: SimClient, kind: KindRef, isWanted: (object: WithStatus) => boolean): Promise<WithStatus> {
  let last: WithStatus | undefined;
  for await (const event of client.follow<WithStatus>(kind, AbortSignal.timeout(60_000))) {
    const objects = event.type === "restarted" ? event.objects : [event.object];
    const found = objects.find(isWanted);
    if (found !== undefined) {
      return found;
    }
    last = objects.at(-1) ?? last;
  }
  assert.fail(`expected another state of ${kind.kind}, found ${JSON.stringify(last?.status)}`);
}

async function untilNone(client: SimClient, kind: KindRef): Promise<void> {
  for await (const event of client.follow(kind, AbortSignal.timeout(60_000))) {
    const mayBeLast = event.type === "deleted" || event.type === "restarted";
    if (mayBeLast && (await client.list(kind)).length === 0) {
      return;
    }
  }
  assert.fail(`expected no ${kind.kind} to be left`);
}

function statusOf({ status }: WithStatus, type: string): string | undefined {
  return status?.conditions?.find((condition) => condition.type === type)?.status;
}

// Every process of a ground has a path inside its folder among its arguments or in its environment.
async function processesThatMention(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid);
  const paths = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
  // A process may end between the two looks.
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));
  return texts.filter((text) => text.includes(folder));
}
