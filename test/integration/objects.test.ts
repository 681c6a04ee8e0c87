import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { GroundCluster } from "../../ground/ground.ts";
import type { JsonObject } from "../../sim/json.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { textAt } from "../../sim/value-at.ts";
import { isReleasedBy } from "../../src/flux/helm-record.ts";
import { namesOf } from "../../src/ocm/names.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { install } from "../support/install.ts";
import { kindOf, ref } from "../support/kinds.ts";
import type { ServiceObj } from "../support/ocm-status.ts";
import { readTable } from "../support/read-table.ts";
import { appliedFields, timelessStatus, withoutVolatile } from "../support/snapshot.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

const NAMESPACE = "mcp--7a05880e-ce1a-8259-84cb-c455230c1500";
const LABELS = {
  "openmcp.cloud/managed-by": "ocm.services.openmcp.cloud",
  "openmcp.cloud/managed-purpose": "project-x--ws-y.mcp-01.mcp",
  "openmcp.cloud/onboarding-name": "mcp-01",
  "openmcp.cloud/onboarding-namespace": "project-x--ws-y",
};
const LABEL_FIELDS = Object.keys(LABELS).map((label) => `metadata/labels/${label}`);
type Expected = Pick<Obj, "apiVersion" | "metadata"> & JsonObject;

const VALUES = { manager: { concurrency: { resource: 7 }, env: [{ name: "LEVEL", value: "debug" }] } };

describe("objects of a Ready tenant", () => {
  let world: World;
  let tenant: Tenant;
  let chartURL: string;
  let version: string;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "90s", values: VALUES });
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    ({
      chartURL,
      versions: [version = ""],
    } = world.ground.charts);
  });
  after(() => world.stop());

  async function assertObject(kind: Parameters<typeof ref>[0], expected: Expected): Promise<Obj> {
    const found = await world.platform.get(ref(kind, expected.metadata.name, NAMESPACE));
    const { metadata, ...rest } = expected;
    assert.deepEqual(withoutVolatile(found), {
      kind: found.kind,
      ...rest,
      metadata: { namespace: NAMESPACE, ...metadata },
    });
    return found;
  }

  it("has an AccessRequest for the control plane of its name", async () => {
    const found = await world.platform.get(ref("accessRequest", "ocm.services.openmcp.cloud--mcp-01--mcp", NAMESPACE));
    // The platform's own: which cluster it has given, and who provides it.
    const clusterRef = { name: textAt(found, "spec", "clusterRef", "name"), namespace: NAMESPACE };
    const provider = { "clusters.openmcp.cloud/provider": "local", "clusters.openmcp.cloud/profile": "local" };

    const accessRequest = await assertObject("accessRequest", {
      apiVersion: "clusters.openmcp.cloud/v1alpha1",
      metadata: {
        name: "ocm.services.openmcp.cloud--mcp-01--mcp",
        labels: { ...LABELS, ...provider },
        annotations: { "ocm.services.openmcp.cloud/first-access": "true" },
        finalizers: ["clusters.openmcp.cloud/clusteraccess", "local.clusters.example.com/access"],
        generation: 2,
      },
      spec: {
        requestRef: { name: "mcp-01", namespace: NAMESPACE },
        clusterRef,
        token: { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] },
      },
    });

    assert.deepEqual(appliedFields(accessRequest, "service-provider-ocm"), [
      "metadata/annotations/ocm.services.openmcp.cloud/first-access",
      'metadata/finalizers/v:"clusters.openmcp.cloud/clusteraccess"',
      ...LABEL_FIELDS,
      "spec/requestRef/name",
      "spec/requestRef/namespace",
      "spec/token/roleRefs",
    ]);
  });

  it("has a copy of the pull secret", async () => {
    const copy = await assertObject("secret", {
      apiVersion: "v1",
      metadata: { name: "sp-ocm-chart-registry", labels: LABELS },
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": Buffer.from(world.ground.charts.dockerConfigJson).toString("base64") },
    });

    assert.deepEqual(appliedFields(copy, "service-provider-ocm"), ["data/.dockerconfigjson", ...LABEL_FIELDS, "type"]);
  });

  it("has an OCIRepository for the chart", async () => {
    const source = await assertObject("ociRepository", {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      metadata: {
        name: "sp-ocm-k8s-toolkit",
        labels: LABELS,
        annotations: { "ocm.services.openmcp.cloud/installed-on": "mcp" },
        finalizers: ["finalizers.fluxcd.io"],
        generation: 1,
      },
      spec: {
        url: chartURL,
        ref: { tag: version },
        interval: "1m30s",
        timeout: "60s",
        layerSelector: { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" },
        secretRef: { name: "sp-ocm-chart-registry" },
        // The default of Flux.
        provider: "generic",
      },
    });

    assert.deepEqual(appliedFields(source, "service-provider-ocm"), [
      "metadata/annotations/ocm.services.openmcp.cloud/installed-on",
      "metadata/annotations/ocm.services.openmcp.cloud/retried",
      ...LABEL_FIELDS,
      "spec/interval",
      "spec/layerSelector/mediaType",
      "spec/layerSelector/operation",
      "spec/ref/tag",
      "spec/secretRef/name",
      "spec/timeout",
      "spec/url",
    ]);
  });

  it("has a HelmRelease that installs the chart on the control plane", async () => {
    const release = await assertObject("helmRelease", {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      metadata: { name: "sp-ocm-k8s-toolkit", labels: LABELS, finalizers: ["finalizers.fluxcd.io"], generation: 1 },
      spec: {
        interval: "1m30s",
        chartRef: { kind: "OCIRepository", name: "sp-ocm-k8s-toolkit", namespace: NAMESPACE },
        releaseName: "ocm-k8s-toolkit",
        targetNamespace: "ocm-k8s-toolkit-system",
        storageNamespace: "ocm-k8s-toolkit-system",
        kubeConfig: {
          secretRef: { name: "ocm.services.openmcp.cloud--mcp-01--mcp.kubeconfig", key: "kubeconfig" },
        },
        install: { crds: "Create", createNamespace: true, remediation: { retries: 3 } },
        upgrade: { crds: "CreateReplace", cleanupOnFail: true, remediation: { retries: 3, strategy: "rollback" } },
        values: VALUES,
      },
    });

    assert.deepEqual(appliedFields(release, "service-provider-ocm"), [
      "metadata/annotations/ocm.services.openmcp.cloud/retried",
      ...LABEL_FIELDS,
      "spec/chartRef/kind",
      "spec/chartRef/name",
      "spec/chartRef/namespace",
      "spec/install/crds",
      "spec/install/createNamespace",
      "spec/install/remediation/retries",
      "spec/interval",
      "spec/kubeConfig/secretRef/key",
      "spec/kubeConfig/secretRef/name",
      "spec/releaseName",
      "spec/storageNamespace",
      "spec/targetNamespace",
      "spec/upgrade/cleanupOnFail",
      "spec/upgrade/crds",
      "spec/upgrade/remediation/retries",
      "spec/upgrade/remediation/strategy",
      "spec/values/manager/concurrency/resource",
      "spec/values/manager/env",
    ]);
  });

  it("has a Helm release whose record tells whose it is", async () => {
    const labelSelector = "owner=helm,name=ocm-k8s-toolkit";
    const records = await tenant.mcp.list(kindOf("secret", "ocm-k8s-toolkit-system"), { labelSelector });
    const isOf = (name: string): boolean => {
      const { namespace, toolkit } = namesOf({ ...tenant, name });
      return isReleasedBy(records, { namespace, names: [toolkit.name] });
    };

    assert.deepEqual([records.length, isOf("mcp-01"), isOf("mcp-02")], [1, true, false]);
  });

  it("has an OCM object that says so", async () => {
    const found = await world.onboarding.get<ServiceObj>(ref("ocm", tenant.name, tenant.namespace));

    assert.deepEqual(withoutVolatile(found), {
      apiVersion: "ocm.services.openmcp.cloud/v1alpha1",
      kind: "OCM",
      metadata: {
        name: "mcp-01",
        namespace: "project-x--ws-y",
        finalizers: ["ocm.services.openmcp.cloud/finalizer"],
        generation: 1,
      },
      spec: { version },
    });
    assert.deepEqual(timelessStatus(found), {
      observedGeneration: 1,
      phase: "Ready",
      installedVersion: version,
      conditions: [
        condition("Ready", "ReconcileSuccess", `version ${version} is installed`),
        condition("AccessReady", "AccessGranted", "access to the control plane is granted"),
        condition("ChartReady", "ChartFetched", `chart ${version} is fetched`),
        condition("ReleaseReady", "ReleaseInstalled", `version ${version} is installed`),
      ],
      resources: [
        resource("clusters.openmcp.cloud", "AccessRequest", "ocm.services.openmcp.cloud--mcp-01--mcp"),
        resource("source.toolkit.fluxcd.io", "OCIRepository", "sp-ocm-k8s-toolkit"),
        resource("helm.toolkit.fluxcd.io", "HelmRelease", "sp-ocm-k8s-toolkit"),
        { kind: "Namespace", name: "ocm-k8s-toolkit-system", phase: "Ready", location: "ManagedControlPlane" },
      ],
    });
  });

  it("has a ProviderConfig that says it is in force, and how the tenants are", async () => {
    const tenants = { total: 1, ready: 1, failing: 0 };
    const config = await awaitTenants(world.platform, tenants);

    assert.deepEqual(timelessStatus(config), {
      observedGeneration: 1,
      phase: "Ready",
      tenants,
      conditions: [condition("Ready", "ReconcileSuccess", "in force"), condition("Accepted", "Valid", "in force")],
    });
    assert.deepEqual(config.metadata.finalizers, undefined);
  });

  it("shows in one line of a table how an OCM object is, and why where there is room", async () => {
    const { shown, wide } = await columnsOf(world.ground.onboarding, ref("ocm", tenant.name, tenant.namespace));

    const { Age, ...others } = shown;
    assert.match(Age ?? "", /^\d+s|^\d+m/);
    assert.deepEqual(others, { Name: "mcp-01", Version: version, Installed: version, Phase: "Ready", Ready: "True" });
    assert.deepEqual(wide, { Message: `version ${version} is installed` });
  });

  it("shows in one line of a table whether a ProviderConfig is in force, and how many tenants need help", async () => {
    await awaitTenants(world.platform, { total: 1, ready: 1, failing: 0 });
    const { shown, wide } = await columnsOf(world.ground.platform, ref("providerConfig", "ocm"));

    const { Age, ...others } = shown;
    assert.match(Age ?? "", /^\d+s|^\d+m/);
    assert.deepEqual(others, {
      Name: "ocm",
      Phase: "Ready",
      Ready: "True",
      Tenants: "1",
      "Tenants Ready": "1",
      Failing: "0",
      Chart: chartURL,
    });
    assert.deepEqual(wide, { Message: "in force" });
  });
});

/** The cells that `kubectl get` shows of an object, and those that `-o wide` adds, by column. */
async function columnsOf(
  cluster: GroundCluster,
  object: ObjRef,
): Promise<{ readonly shown: Record<string, string>; readonly wide: Record<string, string> }> {
  const { columnDefinitions, rows } = await readTable(cluster, object);
  const cells = columnDefinitions.map(({ name, priority }, index) => ({
    name,
    priority,
    cell: String(rows[0]?.cells[index]),
  }));
  const select = (wanted: (priority: number) => boolean): Record<string, string> =>
    Object.fromEntries(cells.filter(({ priority }) => wanted(priority)).map(({ name, cell }) => [name, cell]));
  return { shown: select((priority) => priority === 0), wide: select((priority) => priority > 0) };
}

function condition(type: string, reason: string, message: string): object {
  return { type, status: "True", reason, message, observedGeneration: 1 };
}

function resource(apiGroup: string, kind: string, name: string): object {
  return { apiGroup, kind, name, namespace: NAMESPACE, phase: "Ready", location: "PlatformCluster" };
}
