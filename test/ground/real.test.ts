import assert from "node:assert/strict";
import { access, readdir, readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { startRealGround } from "../../ground/real/real-ground.ts";
import type { RealGround } from "../../ground/real/real-ground.ts";
import type { ControlPlaneRef } from "../../ground/ground.ts";
import { connectAsAdmin } from "../../ground/real/connect-as-admin.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";

const ref: ControlPlaneRef = { name: "mcp-01", namespace: "project-a--ws-b" };
const CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const SYSTEM = "ocm-k8s-toolkit-system";

type WithConditions = Obj & {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
};

void describe("the real ground", { timeout: 300_000 }, () => {
  let ground: RealGround;
  let platform: SimClient;
  let mcp: SimClient;

  before(async () => {
    ground = await startRealGround();
    platform = connectAsAdmin(ground.servers.platform);
    await ground.orderControlPlane(ref);
    const server = ground.controlPlanes.find(ref);
    assert.ok(server !== undefined);
    mcp = connectAsAdmin(server);
    await platform.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "kubeconfig", namespace: "default" },
      stringData: { kubeconfig: server.kubeconfig },
    });
    await createPullSecret("pull", ground.charts.dockerConfigJson);
    await createPullSecret("wrong", ground.charts.wrongDockerConfigJson);
  });

  after(() => ground.stop());

  void it("installs the chart on a control plane through Flux until its Deployment is available", async () => {
    const [version = ""] = ground.charts.versions;
    await platform.create(source("chart", version, "pull"));
    await platform.create(release());

    await condition(platform, { ...helmRelease, name: "toolkit" }, "Ready", "True");

    const [deployment] = await mcp.list<WithConditions>({
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: SYSTEM,
    });
    assert.ok(deployment !== undefined);
    assert.equal(deployment.metadata.labels?.["app.kubernetes.io/version"], version);
    assert.equal(statusOf(deployment, "Available"), "True");
  });

  void it("keeps the chart's CRDs when the release is uninstalled", async () => {
    await platform.delete({ ...helmRelease, name: "toolkit" });
    await gone(platform, "toolkit");

    assert.deepEqual(await mcp.list({ apiVersion: "apps/v1", kind: "Deployment", namespace: SYSTEM }), []);
    const crds = await mcp.list({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" });
    assert.ok(crds.some(({ metadata }) => metadata.name === "repositories.delivery.ocm.software"));
  });

  void it("lets nobody pull the chart with a wrong password", async () => {
    const [version = ""] = ground.charts.versions;
    await platform.create(source("refused", version, "wrong"));

    const object = await condition(platform, { ...ociRepository, name: "refused" }, "Ready", "False");

    assert.match(messageOf(object, "Ready"), /UNAUTHORIZED/u);
  });

  void it("goes on after an API server was killed and started again", async () => {
    await ground.servers.platform.kill();
    await ground.servers.platform.restart();

    assert.equal((await platform.get({ ...ociRepository, name: "refused" })).metadata.name, "refused");
  });

  void it("stops all it started, and leaves no file behind", async () => {
    const { folder } = ground;
    assert.notDeepEqual(await processesNaming(folder), []);

    await ground.stop();
    await ground.stop();

    assert.deepEqual(await processesNaming(folder), []);
    await assert.rejects(access(folder));
  });

  const inDefault = { namespace: "default" };
  const ociRepository = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository", ...inDefault };
  const helmRelease = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", ...inDefault };

  async function createPullSecret(name: string, dockerConfigJson: string): Promise<void> {
    await platform.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, ...inDefault },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": dockerConfigJson },
    });
  }

  function source(name: string, tag: string, secretName: string): Obj {
    return {
      apiVersion: ociRepository.apiVersion,
      kind: ociRepository.kind,
      metadata: { name, ...inDefault },
      spec: {
        interval: "1m",
        url: ground.charts.chartURL,
        ref: { tag },
        secretRef: { name: secretName },
        layerSelector: { mediaType: CHART_LAYER, operation: "copy" },
      },
    };
  }

  function release(): Obj {
    return {
      apiVersion: helmRelease.apiVersion,
      kind: helmRelease.kind,
      metadata: { name: "toolkit", ...inDefault },
      spec: {
        interval: "1m",
        chartRef: { kind: ociRepository.kind, name: "chart" },
        releaseName: "ocm-k8s-toolkit",
        targetNamespace: SYSTEM,
        storageNamespace: SYSTEM,
        kubeConfig: { secretRef: { name: "kubeconfig", key: "kubeconfig" } },
        install: { createNamespace: true },
        values: { manager: { concurrency: { resource: 2 } } },
      },
    };
  }

  async function gone(client: SimClient, name: string): Promise<void> {
    for await (const event of client.follow(helmRelease, AbortSignal.timeout(60_000))) {
      if (event.type === "restarted" ? event.objects.length === 0 : event.type === "deleted") {
        return;
      }
    }
    assert.fail(`expected HelmRelease ${name} to be gone`);
  }
});

async function condition(
  client: SimClient,
  ref_: { readonly apiVersion: string; readonly kind: string; readonly namespace: string; readonly name: string },
  type: string,
  status: string,
): Promise<WithConditions> {
  const { name, ...kind } = ref_;
  let seen: WithConditions | undefined;
  for await (const event of client.follow<WithConditions>(kind, AbortSignal.timeout(60_000))) {
    const objects = event.type === "restarted" ? event.objects : [event.object];
    seen = objects.find(({ metadata }) => metadata.name === name) ?? seen;
    if (seen !== undefined && statusOf(seen, type) === status) {
      return seen;
    }
  }
  assert.fail(`expected ${kind.kind} ${name} to have ${type}=${status}, found ${JSON.stringify(seen?.status)}`);
}

function statusOf({ status }: WithConditions, type: string): string | undefined {
  return status?.conditions?.find((candidate) => candidate.type === type)?.status;
}

function messageOf({ status }: WithConditions, type: string): string {
  return status?.conditions?.find((candidate) => candidate.type === type)?.message ?? "";
}

// Every process of a ground has a path inside its folder among its arguments, or in its environment.
async function processesNaming(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid);
  const texts = await Promise.all(
    pids
      .flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
      .map((path) => readFile(path, "utf8").catch(() => "")),
  );
  return texts.filter((text) => text.includes(folder));
}
