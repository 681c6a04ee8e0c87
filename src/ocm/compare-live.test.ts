import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type HelmRelease, helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import type { ListOptions } from "../kube/client.ts";
import { secrets } from "../kube/core.ts";
import { ForbiddenError, GoneError } from "../kube/errors.ts";
import type { ListResult } from "../kube/list.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { ManualClock } from "../kube/testing/manual-clock.ts";
import { accessRequests, clusterRequests } from "../openmcp/platform/kinds.ts";
import { tenantNamespace } from "../openmcp/platform/names.ts";
import { byNamespace } from "../openmcp/render/by-namespace.ts";
import { type ComparedTenant, compareLive, type LiveComparison } from "../openmcp/render/compare-live.ts";
import { ComparisonCollector } from "../openmcp/render/comparison.ts";
import { renderOffline } from "../openmcp/render/offline.ts";
import { applyResult } from "../runtime/apply-result.ts";
import { DryRunClient } from "../runtime/dry-run-client.ts";
import { keyOf } from "../runtime/key.ts";
import { createLogger } from "../runtime/log.ts";
import { EARLIER_GROUP } from "./api/group.ts";
import { resourcesOf } from "./api/objects.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { definition } from "./provider.ts";
import { settled } from "./settled.ts";

const PAGE = 7;
const NAMESPACE = "openmcp-system";
const clock = new ManualClock();
const log = createLogger({ level: "silent", pretty: false });
const { resource: ocms, configResource } = resourcesOf(EARLIER_GROUP);
const kinds: readonly Resource[] = [secrets, accessRequests, clusterRequests, ociRepositories, helmReleases];

/** An API server in memory, which counts what it is asked. */
class Cluster extends DryRunClient {
  readonly asked: string[] = [];
  /** Thrown when a page after the first one is asked for. */
  failure: Error | undefined;

  constructor() {
    super({ clock });
  }

  override async find<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    this.asked.push(`${resource.plural} ${ref.name}`);
    return super.find(resource, ref, signal);
  }

  override async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions): Promise<ListResult<T>> {
    this.asked.push(`all ${resource.plural} ${options.fieldSelector ?? ""}`);
    return super.list(resource, options);
  }

  override async *pages<T extends KubeObject>(
    resource: Resource<T>,
    { fieldSelector, labelSelector, signal }: ListOptions,
  ): AsyncGenerator<ListResult<T>> {
    const { items } = await super.list(resource, { signal, ...(labelSelector !== undefined && { labelSelector }) });
    const found = items
      .filter(({ metadata }) => fieldSelector === undefined || fieldSelector === `metadata.name=${metadata.name}`)
      .toSorted((one, other) => byNamespace(one.metadata.namespace ?? "", other.metadata.namespace ?? ""));
    for (let start = 0; start === 0 || start < found.length; start += PAGE) {
      if (start > 0 && this.failure !== undefined) {
        throw this.failure;
      }
      yield { items: found.slice(start, start + PAGE), resourceVersion: "1" };
    }
  }
}

function having(object: KubeObject, fields: object): KubeObject {
  return { ...object, ...fields };
}

function config(spec: object): KubeObject {
  const { group, version, kind } = configResource;
  const object = { apiVersion: `${group}/${version}`, kind, metadata: { name: "ocm", uid: "u", generation: 1 }, spec };
  return object;
}

function secret(name: string): KubeObject {
  const data = { ".dockerconfigjson": Buffer.from('{"auths":{}}').toString("base64") };
  const type = "kubernetes.io/dockerconfigjson";
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: NAMESPACE }, type, data };
  return object;
}

const plain = { chartURL: "registry.example.com/chart", imagePullSecret: { name: "registry" } };

/** A platform on which every tenant has what the settings ask for. */
async function platformWith(tenants: number): Promise<{ readonly platform: Cluster; readonly onboarding: Cluster }> {
  const [platform, onboarding] = [new Cluster(), new Cluster()];
  const objects = Array.from({ length: tenants }, (_, index) => ({
    apiVersion: `${ocms.group}/${ocms.version}`,
    kind: ocms.kind,
    metadata: { name: `mcp-${index}`, namespace: "project" },
    spec: { version: "0.4.0" },
  }));
  const items = [...objects, config(plain), secret("registry")];
  [secret("registry"), secret("other")].forEach((one) => platform.know(secrets, one));
  platform.know(configResource, config(plain));
  const rendering = renderOffline(
    definition,
    [{ origin: "files", text: JSON.stringify({ apiVersion: "v1", kind: "List", items }) }],
    { clock, log, providerName: "ocm", namespace: NAMESPACE },
  );
  for await (const { object, written } of rendering.objects) {
    onboarding.know(ocms, object);
    const { name } = object.metadata;
    const plane = { name, namespace: tenantNamespace(name, "project") };
    const spec = { purpose: "mcp" };
    const request = { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "ClusterRequest", metadata: plane, spec };
    platform.know(clusterRequests, request);
    for (const placed of written) {
      install(platform, placed.object);
    }
  }
  return { platform, onboarding };
}

function install(platform: Cluster, object: KubeObject): void {
  const resource = kinds.find(({ kind }) => kind === object.kind) ?? secrets;
  const stored = applyResult(undefined, object, FIELD_MANAGER);
  const { name, generation = 1 } = stored.metadata;
  const status = { phase: "Granted", observedGeneration: generation, secretRef: { name: `${name}.kubeconfig` } };
  platform.know(
    resource,
    resource === accessRequests
      ? having(stored, { status })
      : settled(stored, (kind, ref) => platform.known(kind, ref)),
  );
}

function compare(
  clusters: { platform: Cluster; onboarding: Cluster },
  ...files: readonly KubeObject[]
): Promise<LiveComparison> {
  const { signal } = new AbortController();
  const live = { ...clusters, namespace: NAMESPACE, providerName: "ocm", clock, log, signal };
  return compareLive(
    definition,
    live,
    files.map((file) => ({ origin: "files", text: JSON.stringify(file) })),
  );
}

async function changesIn({ tenants }: LiveComparison): Promise<readonly string[]> {
  const collector = new ComparisonCollector(definition.rehearsal ?? {});
  for await (const tenant of tenants) {
    collector.add(tenant);
  }
  return collector.result.groups.map(({ count, verb, kind, fields }) =>
    `${count} ${verb} ${kind} ${fields.join()}`.trim(),
  );
}

const changed = config({ ...plain, values: { a: 1 } });

describe("compareLive", () => {
  it("finds the objects of each tenant in lists that come page by page", async () => {
    const clusters = await platformWith(25);

    assert.deepEqual(await changesIn(await compare(clusters)), []);
    assert.deepEqual(await changesIn(await compare(clusters, changed)), ["25 change HelmRelease spec.values"]);
    assert.deepEqual(clusters.platform.changes, []);
  });

  it("asks for a name that is new one by one for a few tenants, and with one list for many", async () => {
    const clusters = await platformWith(25);

    const changes = await changesIn(await compare(clusters, config({ ...plain, imagePullSecret: { name: "other" } })));

    assert.deepEqual(changes, ["25 create Secret", "25 change OCIRepository spec.secretRef.name", "25 delete Secret"]);
    const asked = clusters.platform.asked.filter((one) => one.includes("sp-ocm-other"));
    assert.equal(asked.filter((one) => one.startsWith("secrets")).length, 20);
    assert.deepEqual(
      asked.filter((one) => one.startsWith("all")),
      ["all secrets metadata.name=sp-ocm-other"],
    );
  });

  it("would not touch an object of somebody else", async () => {
    const clusters = await platformWith(1);
    const namespace = tenantNamespace("mcp-0", "project");
    const theirs = secret("sp-ocm-other");
    clusters.platform.know(secrets, { ...theirs, metadata: { ...theirs.metadata, namespace } });
    const { tenants } = await compare(clusters, config({ ...plain, imagePullSecret: { name: "other" } }));

    const all = await Array.fromAsync<ComparedTenant>(tenants);

    assert.deepEqual(
      all.flatMap(({ platform }) => platform),
      [],
    );
    const failed = all.flatMap(({ reports }) => reports.filter(({ state }) => state === "failed"));
    assert.deepEqual(
      failed.map(({ reason }) => reason),
      ["ForeignObject"],
    );
  });

  it("has a chart that is on its way arrive: the release would change then", async () => {
    const clusters = await platformWith(1);
    const [source] = clusters.platform.all(ociRepositories);
    assert.ok(source);
    clusters.platform.know(ociRepositories, having(source, { status: {} }));

    assert.deepEqual(await changesIn(await compare(clusters, changed)), ["1 change HelmRelease spec.values"]);
  });

  it("changes no release while the control plane that needs its Secrets does not answer", async () => {
    const clusters = await platformWith(1);
    const [first] = clusters.onboarding.all(ocms);
    assert.ok(first);
    const condition = { type: "ReleaseReady", status: "False", reason: "ClusterUnreachable", message: "" };
    clusters.onboarding.know(ocms, having(first, { status: { phase: "Progressing", conditions: [condition] } }));
    const images = { manager: { imagePullSecrets: [{ name: "other" }] } };

    const { tenants } = await compare(clusters, config({ ...plain, values: images }));
    const all = await Array.fromAsync<ComparedTenant>(tenants);

    assert.deepEqual(
      all.flatMap(({ platform, target }) => [...platform, ...target]),
      [],
    );
    assert.deepEqual(
      all.flatMap(({ reports }) => reports.filter(({ state }) => state === "failed").map(({ reason }) => reason)),
      ["ClusterUnreachable"],
    );
  });

  it("corrects what another manager has changed, and leaves alone what it has added", async () => {
    const clusters = await platformWith(1);
    const [release] = clusters.platform.all<HelmRelease>(helmReleases);
    assert.ok(release?.spec);
    clusters.platform.know(helmReleases, having(release, { spec: { ...release.spec, interval: "7m", maxHistory: 3 } }));

    assert.deepEqual(await changesIn(await compare(clusters)), ["1 change HelmRelease spec.interval"]);
  });

  it("takes OCM objects of the files into account", async () => {
    const clusters = await platformWith(2);
    const [first] = clusters.onboarding.all(ocms);
    assert.ok(first);

    const changes = await changesIn(await compare(clusters, having(first, { spec: { version: "0.5.0" } })));

    assert.deepEqual(changes, ["1 change OCIRepository spec.ref.tag"]);
  });

  it("changes nothing while the operator has the ProviderConfig ignored", async () => {
    const clusters = await platformWith(1);
    const annotations = { "openmcp.cloud/operation": "ignore" };
    clusters.platform.know(configResource, { ...config(plain), metadata: { name: "ocm", annotations } });

    const comparison = await compare(clusters, changed);

    assert.deepEqual([comparison.isInert, comparison.config[0]?.reason], [true, "Ignored"]);
    assert.deepEqual(await changesIn(comparison), []);
  });

  it("says what to do when the server has forgotten what it has begun to list", async () => {
    const clusters = await platformWith(20);
    clusters.platform.failure = new GoneError("expired");

    await assert.rejects(async () => changesIn(await compare(clusters)), /has forgotten the state .*: try again$/);
  });

  it("passes on any other failure, and refuses a ProviderConfig that does not count", async () => {
    const clusters = await platformWith(20);
    clusters.platform.failure = new ForbiddenError("no");
    const other = { ...config(plain), metadata: { name: "another" } };

    await assert.rejects(async () => changesIn(await compare(clusters)), ForbiddenError);
    await assert.rejects(
      compare(clusters, other),
      /found ProviderConfig "another", expected the one that counts, "ocm"$/,
    );
  });

  it("tells tenants by their keys", async () => {
    const { tenants } = await compare(await platformWith(3));

    const all = await Array.fromAsync<ComparedTenant>(tenants);

    assert.deepEqual(all.map(({ object }) => keyOf(object)).toSorted(), [
      "project/mcp-0",
      "project/mcp-1",
      "project/mcp-2",
    ]);
  });
});
