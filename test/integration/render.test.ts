import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { connect } from "../../sandbox/connect.ts";
import { createCertificate } from "../../sim/certificate.ts";
import { type SimClient, refOf } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { systemClock } from "../../src/kube/clock.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { ANNOTATIONS } from "../../src/ocm/annotations.ts";
import { FIELD_MANAGER } from "../../src/ocm/field-manager.ts";
import { definition } from "../../src/ocm/provider.ts";
import { type Placed, renderOffline } from "../../src/openmcp/render/offline.ts";
import { hasApplied } from "../../src/openmcp/platform/ownership.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { createLogger } from "../../src/runtime/log.ts";
import { isApplied } from "../../src/runtime/managed-fields.ts";
import { answerOf } from "../support/answer-of.ts";
import { awaitPresent } from "../support/await-object.ts";
import { CURRENT_GROUP, EARLIER_GROUP, kindOf, ref } from "../support/kinds.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import {
  ocm,
  POD_NAMESPACE,
  PULL_SECRET,
  pullSecret,
  startRunningWorld,
  type Tenant,
  UNJUDGED,
  type World,
} from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");
const IMAGES = "image-registry";
const AUTHORITIES = "authorities";
const PLANES = "project-x--ws-y";
/** What the provider notes for itself, which nobody can know beforehand. */
const NOTES: ReadonlySet<string> = new Set([ANNOTATIONS.retried, ANNOTATIONS.firstAccess]);

describe("render", () => {
  let world: World;
  let plain: Tenant;
  let moved: Tenant;
  let version: string;
  let newerVersion: string;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    [version = "", newerVersion = ""] = world.ground.charts.versions;
    plain = await world.order({ name: "mcp-01", namespace: PLANES });
    moved = await world.order({ name: "a-name-that-is-longer-than-others", namespace: PLANES });
    await world.onboarding.create(ocm(plain, version));
    await world.onboarding.create(ocm({ ...moved, group: CURRENT_GROUP }, version));
    await world.platform.create(pullSecret('{"auths":{"images.example.com":{}}}', IMAGES));
    const { caPem } = await createCertificate();
    await world.platform.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: AUTHORITIES, namespace: POD_NAMESPACE },
      data: { "ca.crt": caPem },
    });
  });
  after(() => world.stop());

  /** What an operator has in files, and the control plane as it is. */
  async function files(tenant: Tenant, group?: string): Promise<string> {
    const objects = await Promise.all([
      world.onboarding.get(refsOf(tenant, group).ocm),
      world.platform.get(CONFIG),
      world.platform.get(ref("secret", PULL_SECRET, POD_NAMESPACE)),
      world.platform.get(ref("secret", IMAGES, POD_NAMESPACE)),
      world.platform.get({ apiVersion: "v1", kind: "ConfigMap", name: AUTHORITIES, namespace: POD_NAMESPACE }),
      world.platform.get(ref("clusterRequest", tenant.name, tenant.tenantNamespace)),
    ]);
    return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  }

  async function rendered(tenant: Tenant, group?: string): Promise<readonly Placed[]> {
    const { objects } = renderOffline(definition, [{ origin: "files", text: await files(tenant, group) }], {
      clock: systemClock,
      log: createLogger({ level: "silent", pretty: false }),
      providerName: "ocm",
      namespace: POD_NAMESPACE,
    });
    const all = await Array.fromAsync(objects);
    assert.deepEqual(
      all.flatMap(({ reports }) => reports).filter(({ state }) => state !== "done"),
      [],
    );
    return all.flatMap(({ written }) => written);
  }

  /** Waits until the clusters have exactly what is rendered: each object with the same fields of the provider's. */
  async function assertWritten(tenant: Tenant, group?: string, target: SimClient = tenant.mcp): Promise<void> {
    const written = await rendered(tenant, group);
    const kubeconfig = await kubeconfigOf(written);
    for (const { cluster, object } of written) {
      const client = cluster === "platform" ? world.platform : target;
      await awaitPresent(client, refOf(object as Obj), (live) => isAsRendered(live, kubeconfig(object)), {
        what: `${object.kind} ${object.metadata.name} is as it is rendered`,
      });
    }
    const expected = written.filter(({ cluster }) => cluster === "platform").map(({ object }) => nameOf(object));
    assert.deepEqual((await ours(tenant)).toSorted(), expected.toSorted());
  }

  /** Returns what puts the name of the kubeconfig's Secret where a name was taken for granted: each platform has its own. */
  async function kubeconfigOf(written: readonly Placed[]): Promise<(object: KubeObject) => KubeObject> {
    const request = written.map(({ object }) => object as Obj).find(({ kind }) => kind === "AccessRequest");
    assert.ok(request);
    const granted = await awaitPresent(
      world.platform,
      refOf(request),
      (found) => valueAt(found, "status", "phase") === "Granted",
      {
        what: "access is granted",
      },
    );
    const name = textAt(granted, "status", "secretRef", "name");
    const assumed = `${request.metadata.name}.kubeconfig`;
    return (object) => JSON.parse(JSON.stringify(object).replaceAll(assumed, name)) as KubeObject;
  }

  async function ours({ tenantNamespace }: Tenant): Promise<readonly string[]> {
    const kinds = ["accessRequest", "clusterRequest", "secret", "ociRepository", "helmRelease"] as const;
    const lists = await Promise.all(
      kinds.map((kind) => world.platform.list({ ...kindOf(kind), namespace: tenantNamespace })),
    );
    return lists
      .flat()
      .filter((object) => hasApplied(object as KubeObject, FIELD_MANAGER))
      .map(nameOf);
  }

  it("has every object that the provider writes, under both API groups", async () => {
    await awaitReady(world.onboarding, plain, version);

    await assertWritten(plain);
    await assertWritten(moved, CURRENT_GROUP);
  });

  it("has the objects of an offer with values, a CA bundle, and Secrets for the toolkit's pods", async () => {
    await world.platform.patchMerge(CONFIG, {
      spec: {
        pollInterval: "30m",
        values: { manager: { imagePullSecrets: [{ name: IMAGES }], concurrency: { resource: 3 } } },
        versions: [{ version: "stable", chartVersion: newerVersion, values: { manager: { logLevel: "debug" } } }],
        caBundleRef: { name: AUTHORITIES },
      },
    });
    await world.onboarding.patchMerge(refsOf(plain).ocm, { spec: { version: "stable" } });

    await assertWritten(plain);
    assert.deepEqual(
      (await rendered(plain)).filter(({ cluster }) => cluster === "target").map(({ object }) => nameOf(object)),
      [`Secret ${IMAGES}`, `Secret sp-ocm.ca-${AUTHORITIES}`],
    );
  });

  it("has the objects of an installation on a workload cluster", async () => {
    await world.platform.patchMerge(CONFIG, { spec: { targetCluster: "Workload", versions: null } });
    const tenant = await world.order({ name: "mcp-02", namespace: PLANES });
    await world.onboarding.create(ocm(tenant, version), UNJUDGED);
    await awaitReady(world.onboarding, tenant, version);

    await assertWritten(tenant, undefined, await workloadCluster(tenant));
  });

  async function workloadCluster({ tenantNamespace, ...plane }: Tenant): Promise<SimClient> {
    const name = tenantRequestName({ controller: EARLIER_GROUP, ...plane }, "workload");
    const request = await world.platform.get(ref("accessRequest", name, tenantNamespace));
    const secret = await world.platform.get(
      ref("secret", textAt(request, "status", "secretRef", "name"), tenantNamespace),
    );
    return connect({ kubeconfig: Buffer.from(textAt(secret, "data", "kubeconfig"), "base64").toString() });
  }

  it("prints them with masked Secrets, and says how the tenant would fare", async () => {
    const input = await files(plain);

    const printed = await answerOf(world, ["render", "-f", "-"], input);
    const judged = await answerOf(world, ["render", "--validate", "-f", "-"], input);

    assert.deepEqual([printed.status, judged.status, printed.stderr, judged.stderr], [0, 0, "", ""]);
    assert.match(printed.stdout, /^kind: HelmRelease$/m);
    assert.match(printed.stdout, /^ {2}\.dockerconfigjson: '\*\*\*'$/m);
    assert.match(
      judged.stdout,
      /^ok {4}OCM project-x--ws-y\/mcp-01: ReleaseReady ReleaseInstalled: version .* is installed$/m,
    );
  });
});

function nameOf({ kind, metadata }: Pick<KubeObject, "kind" | "metadata">): string {
  return `${kind} ${metadata.name}`;
}

function isAsRendered(live: Obj, rendered: KubeObject): boolean {
  const noted = Object.entries(live.metadata.annotations ?? {}).filter(([name]) => NOTES.has(name));
  const annotations: Readonly<Record<string, string>> = {
    ...rendered.metadata.annotations,
    ...Object.fromEntries(noted),
  };
  const metadata = { ...rendered.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) };
  return isApplied(live, { ...rendered, metadata }, FIELD_MANAGER);
}
