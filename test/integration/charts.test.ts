import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createCertificate } from "../../sim/certificate.ts";
import type { Obj } from "../../sim/object.ts";
import type { KindRef } from "../../sim/resource-paths.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { RELEASE_NAMESPACE } from "../../src/ocm/names.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { ocm, POD_NAMESPACE, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const FIRST_KINDS = ["Component", "Deployer (cluster-scoped)", "Repository", "Resource"];
const NETWORK_POLICIES: KindRef = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  namespace: RELEASE_NAMESPACE,
};
const repository = ref("repository", "podinfo", "default");

/** What a version of the toolkit's chart installs. */
type Shape = {
  readonly version: string;
  readonly kinds: readonly string[];
  /** What the network policies let pods reach. */
  readonly waysOut: readonly object[];
  readonly pod: object;
  readonly container: object;
  readonly folders: readonly string[];
};

const earlier = {
  waysOut: [],
  pod: { runAsNonRoot: true },
  container: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  folders: ["/data"],
};

function port(protocol: string, number: number): object {
  return { port: number, protocol };
}

function shapesOf(versions: readonly string[]): readonly Shape[] {
  const [oldest = "", newest = ""] = [versions[0], versions.at(-1)];
  return [
    { ...earlier, version: oldest, kinds: FIRST_KINDS },
    { ...earlier, version: "0.13.0", kinds: [...FIRST_KINDS, "Replication"] },
    {
      version: newest,
      kinds: [...FIRST_KINDS, "Replication", "Discovery", "NamespacedDeployer"],
      waysOut: [[{ ports: [port("UDP", 53), port("TCP", 53)] }, { ports: [port("TCP", 443), port("TCP", 6443)] }]],
      pod: { ...earlier.pod, runAsUser: 65_532, runAsGroup: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      container: { ...earlier.container, readOnlyRootFilesystem: true },
      folders: ["/data", "/tmp"],
    },
  ];
}

describe("the toolkit's chart", () => {
  let world: World;
  let tenant: Tenant;
  before(async () => {
    const values = { manager: { networkPolicy: { enabled: true } } };
    world = await startRunningWorld({ pollInterval: "1h", values, caBundleRef: { name: "authorities" } });
    await world.platform.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "authorities", namespace: POD_NAMESPACE },
      data: { "ca.crt": (await createCertificate()).caPem },
    });
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
  });
  after(() => world.stop());

  it("is installed and upgraded version by version, from the oldest to the newest, beside what users have", async () => {
    const uids = new Set<string | undefined>();
    for (const shape of shapesOf(world.ground.charts.versions)) {
      await want(shape.version);
      await awaitReady(world.onboarding, tenant, shape.version);

      assert.deepEqual(await kindsOf(tenant), shape.kinds.toSorted(), shape.version);
      const policies = await tenant.mcp.list(NETWORK_POLICIES);
      assert.deepEqual(
        policies.map((policy) => valueAt(policy, "spec", "egress")),
        shape.waysOut,
        shape.version,
      );
      assertPods(await theDeployment(tenant), shape);
      uids.add((await theRepository()).metadata.uid);
    }
    assert.equal(uids.size, 1, "the user's object has been there all the time");
  });

  it("leaves of the newest version nothing but its kinds when a tenant goes back to the oldest", async () => {
    const [oldest, , newest] = shapesOf(world.ground.charts.versions);
    assert.ok(oldest && newest);
    await want(oldest.version);
    await awaitReady(world.onboarding, tenant, oldest.version);

    assert.deepEqual(await kindsOf(tenant), newest.kinds.toSorted());
    assert.deepEqual(await tenant.mcp.list(NETWORK_POLICIES), []);
    assertPods(await theDeployment(tenant), oldest);
  });

  async function want(version: string): Promise<void> {
    const object = ocm(tenant, version);
    const { apiVersion, kind, metadata } = object;
    const live = { apiVersion, kind, name: metadata.name, namespace: tenant.namespace };
    await ((await world.onboarding.find(live)) === undefined
      ? world.onboarding.create(object)
      : world.onboarding.patchMerge(live, { spec: { version } }));
  }

  async function theRepository(): Promise<Obj> {
    const { apiVersion, kind, name, namespace = "" } = repository;
    return (
      (await tenant.mcp.find(repository)) ??
      tenant.mcp.create({ apiVersion, kind, metadata: { name, namespace }, spec: {} })
    );
  }
});

/** Kinds of the toolkit that the control plane has. */
async function kindsOf({ mcp }: Tenant): Promise<readonly string[]> {
  const crds = await mcp.list(kindOf("crd"));
  return crds
    .filter((crd) => textAt(crd, "spec", "group") === "delivery.ocm.software")
    .map((crd) => {
      const scope = textAt(crd, "spec", "scope") === "Cluster" ? " (cluster-scoped)" : "";
      return `${textAt(crd, "spec", "names", "kind")}${scope}`;
    })
    .toSorted();
}

async function theDeployment({ mcp }: Tenant): Promise<Obj | undefined> {
  const [deployment] = await mcp.list(kindOf("deployment", RELEASE_NAMESPACE));
  return deployment;
}

/** The post-renderer adds the CA bundle and leaves everything else as the chart has it. */
function assertPods(deployment: Obj | undefined, { version, ...shape }: Shape): void {
  const pod = valueAt(deployment, "spec", "template", "spec");
  const containers = listAt(pod, "containers");
  assert.deepEqual(
    containers.map((container) => textAt(container, "name")),
    ["manager"],
  );
  const [manager] = containers;
  const mounts = listAt(manager, "volumeMounts").map((mount) => textAt(mount, "mountPath"));
  const volumes = listAt(pod, "volumes").map((volume) => textAt(volume, "name"));
  assert.deepEqual(valueAt(pod, "securityContext"), shape.pod, version);
  assert.deepEqual(valueAt(manager, "securityContext"), shape.container, version);
  assert.deepEqual(mounts.toSorted(), [...shape.folders, "/etc/ocm-ca-bundle"].toSorted(), version);
  assert.deepEqual(volumes.length, mounts.length, version);
}
