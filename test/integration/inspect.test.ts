import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";

import { load } from "js-yaml";

import type { TenantRow } from "../../src/openmcp/inspect/tenant-row.ts";
import type { TracedObject } from "../../src/openmcp/inspect/traced-object.ts";
import { nodesOf, type TreeNode } from "../../src/openmcp/inspect/tree.ts";
import { type Answer, answerOf, programOf } from "../support/answer-of.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { CURRENT_GROUP, kindOf, ocmRef } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, UNJUDGED, type World } from "../support/world.ts";

type List = { readonly schema: string; readonly tenants: readonly TenantRow[] };
type Tree = { readonly schema: string; readonly tenant: TenantRow; readonly tree: TreeNode };
type Trace = { readonly object: TracedObject; readonly tenant?: TenantRow; readonly path: readonly TreeNode[] };

const namespace = "project-x--ws-y";

describe("status and trace", () => {
  let world: World;
  let healthy: Tenant;
  let wrong: Tenant;
  let version: string;
  before(async () => {
    world = await startRunningWorld();
    [version = ""] = world.ground.charts.versions;
    healthy = await install(world, { name: "mcp-01", namespace });
    wrong = await world.order({ name: "mcp-02", namespace });
    await world.onboarding.create(ocm(wrong, "9.9.9"), UNJUDGED);
    await awaitReason(wrong, "ChartFetchFailed");
  });
  after(() => world.stop());

  async function awaitReason(tenant: Tenant, reason: string): Promise<void> {
    await awaitPresent<ServiceObj>(
      world.onboarding,
      ocmRef(tenant),
      (object) => conditionOf(object, "ChartReady")?.reason === reason,
      { what: `ChartReady says ${reason}` },
    );
  }

  async function ask(...words: readonly string[]): Promise<Answer> {
    const answer = await answerOf(world, words);
    assert.equal(answer.stderr, "");
    assert.equal(answer.status, 0);
    return answer;
  }

  async function askForList(...words: readonly string[]): Promise<List> {
    return JSON.parse((await ask("status", "-o", "json", ...words)).stdout) as List;
  }

  async function askForNames(...words: readonly string[]): Promise<readonly string[]> {
    return (await askForList(...words)).tenants.map(({ name }) => name);
  }

  async function askForTrace(...words: readonly string[]): Promise<Trace> {
    return JSON.parse((await ask("trace", "-o", "json", ...words)).stdout) as Trace;
  }

  async function askForTree(...words: readonly string[]): Promise<Tree> {
    return JSON.parse((await ask("status", "-o", "json", ...words)).stdout) as Tree;
  }

  it("counts all tenants in the first line, and names those that fail first", async () => {
    const [summary = "", titles = "", first = "", second = "", ...rest] = (await ask("status")).stdout.split("\n");

    assert.match(summary, /^2 tenants, 1 failing; .*Ready 1.*; not Ready: ChartFetchFailed 1; installed: /);
    assert.match(titles, /^NAMESPACE +NAME +PHASE +REASON +VERSION +SINCE +MESSAGE$/);
    assert.match(first, /^project-x--ws-y +mcp-02 +Progressing +ChartFetchFailed +none -> 9\.9\.9 /);
    assert.match(second, /^project-x--ws-y +mcp-01 +Ready +ReconcileSuccess /);
    assert.deepEqual(rest, [""]);
  });

  it("shows the same in JSON and in YAML", async () => {
    const json = await askForList("--sort", "name");
    const yaml = load((await ask("status", "-o", "yaml", "--sort", "name")).stdout);

    assert.deepEqual(yaml, json);
    assert.equal(json.schema, "status.tenants/v1");
    assert.deepEqual(
      json.tenants.map(({ name, platformNamespace }) => [name, platformNamespace]),
      [healthy, wrong].map((tenant) => [tenant.name, tenant.tenantNamespace]),
    );
  });

  it("leaves out who is well, and who is elsewhere", async () => {
    assert.deepEqual(await askForNames("--failing"), ["mcp-02"]);
    assert.deepEqual(await askForNames("-n", namespace), ["mcp-02", "mcp-01"]);
    assert.deepEqual(await askForNames("-n", "elsewhere"), []);
  });

  it("shows all that belongs to a tenant, from the order to the pods' Deployment", async () => {
    const { tenant, tree } = await askForTree("mcp-01");
    const nodes = [...nodesOf(tree)];

    assert.equal(tenant.phase, "Ready");
    assert.deepEqual(
      nodes.filter(({ state }) => state !== "ready"),
      [],
    );
    const kinds = new Set(nodes.map(({ cluster, kind }) => `${cluster} ${kind}`));
    assert.deepEqual(
      [
        "onboarding OCM",
        "platform ClusterRequest",
        "platform AccessRequest",
        "platform OCIRepository",
        "platform HelmRelease",
        "mcp Namespace",
        "mcp Secret",
        "mcp Deployment",
      ].filter((kind) => !kinds.has(kind)),
      [],
    );
    const release = nodes.find(({ kind }) => kind === "HelmRelease");
    assert.equal(release?.version, version);
  });

  it("shows Events to whoever may read them, and says so to others", async () => {
    const asProvider = (await askForTree("mcp-01")).tree;
    const { kubeconfigPath } = world.ground.onboarding;
    const asOperator = (await askForTree("mcp-01", "--onboarding-kubeconfig", kubeconfigPath)).tree;

    assert.match(
      asProvider.details?.["Events on the onboarding cluster"] ?? "",
      /^cannot be read: this access may not list events$/,
    );
    assert.equal(asOperator.details?.["Events on the onboarding cluster"], undefined);
    assert.deepEqual(
      asOperator.events.map(({ type, reason }) => `${type} ${reason}`),
      ["Normal ReconcileSuccess"],
    );
  });

  it("shows the whole message of what fails, and what does not exist for that reason", async () => {
    const { stdout } = await ask("status", "mcp-02", "-n", namespace);

    assert.match(stdout, /^OCM project-x--ws-y\/mcp-02 \(onboarding cluster\): failed/);
    assert.match(stdout, /OCIRepository mcp--[-\da-f]+\/sp-ocm-k8s-toolkit \(platform cluster\): failed, 9\.9\.9/);
    assert.match(stdout, /OCIArtifactPullFailed: /);
  });

  for (const words of [["status"], ["status", "mcp-01"]]) {
    it(`goes on until Ctrl-C: ${words.join(" ")} --watch`, async () => {
      const { path, args, env } = programOf(world, [...words, "--watch"]);
      const child = spawn(path, args, { env, stdio: ["ignore", "pipe", "inherit"] });
      const closed = once(child, "close");
      await once(child.stdout, "data");
      child.kill("SIGINT");

      assert.deepEqual(await closed, [0, null]);
    });
  }

  it("says that there is no tenant of a name", async () => {
    const { status, stderr } = await answerOf(world, ["status", "mcp-03"]);

    assert.equal(status, 1);
    assert.equal(stderr, 'service-provider-ocm: there is no OCM "mcp-03" in any namespace\n');
  });

  it("names the tenant of a bare namespace, with all that belongs to the tenant", async () => {
    const { stdout } = await ask("trace", healthy.tenantNamespace);

    const [line = "", order = ""] = stdout.split("\n");
    assert.equal(
      line,
      `namespace ${healthy.tenantNamespace}: project-x--ws-y/mcp-01 (Ready, version ${version}: ReconcileSuccess)`,
    );
    assert.match(order, /^OCM project-x--ws-y\/mcp-01 \(onboarding cluster\): ready/);
    assert.match(stdout, /Deployment ocm-k8s-toolkit-system\//);
  });

  it("says whose a HelmRelease is, what holds it, and what leads to it", async () => {
    const { object, tenant, path } = await askForTrace("helmrelease/sp-ocm-k8s-toolkit", "-n", healthy.tenantNamespace);

    assert.equal(tenant?.name, "mcp-01");
    assert.equal(object.madeBy, "service-provider-ocm");
    assert.ok(object.writers.includes("service-provider-ocm"));
    assert.deepEqual(
      path.map(({ kind, state }) => `${kind} ${state}`),
      ["OCM ready", "HelmRelease ready"],
    );
  });

  it("says who removes a finalizer", async () => {
    const { object } = await askForTrace("ocm/mcp-01", "-n", namespace);

    assert.deepEqual(object.finalizers, [
      {
        name: "ocm.services.openmcp.cloud/finalizer",
        removal: "service-provider-ocm removes it once nothing of the installation is left",
      },
    ]);
  });

  it("finds an object on the cluster of a tenant", async () => {
    const [deployment] = await healthy.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system"));
    const name = `deployment/${deployment?.metadata.name ?? ""}`;
    const { object, path } = await askForTrace(name, "--tenant", `${namespace}/mcp-01`);

    assert.equal(object.cluster, "mcp");
    assert.deepEqual(
      path.map(({ kind }) => kind),
      ["OCM", "HelmRelease", "Deployment"],
    );
  });

  it("does not take an object of somebody else for one of the provider's", async () => {
    const metadata = { name: "stranger", namespace: healthy.tenantNamespace };
    await world.platform.create(
      { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b" } },
      { fieldManager: "kubectl-create" },
    );

    const { stdout } = await ask("trace", "configmap/stranger", "-n", healthy.tenantNamespace);

    assert.match(stdout, /^ConfigMap mcp--[-\da-f]+\/stranger on the platform cluster\n/);
    assert.match(stdout, /\n {2}tenant: +project-x--ws-y\/mcp-01 /);
    assert.match(stdout, /\n {2}part of the installation: no\n/);
    assert.match(stdout, /\n {2}made by: +somebody else; first writer known: kubectl-create\n/);
  });

  it("reads no more of a Secret than its metadata", async () => {
    await ask("trace", "secret/chart-registry", "-n", "openmcp-system");

    const lists = (await world.ground.requests(world.ground.platform)).filter(({ path }) =>
      path.startsWith("/api/v1/namespaces/openmcp-system/secrets?fieldSelector=metadata.name%3Dchart-registry"),
    );
    const { stdout } = await ask("trace", "secret/chart-registry", "-n", "openmcp-system", "-o", "yaml");

    assert.ok(lists.length > 0);
    assert.doesNotMatch(stdout, /dockerconfigjson|data:/);
  });

  it("says what it does not find, and what cannot be traced", async () => {
    const unknown = "mcp--00000000-0000-8000-8000-000000000000";
    const refusals = [
      [["trace", unknown], 1, /no OCM object belongs to namespace "mcp--0{8}/],
      [
        ["trace", "secret/nothing", "-n", "openmcp-system"],
        1,
        /there is no Secret "nothing" in namespace "openmcp-system"/,
      ],
      [["trace", "nonsense/x"], 2, /unknown kind: nonsense/],
      [["trace", "nonsense"], 2, /expected mcp--<uuid>, or <kind>\/<name> with -n/],
    ] as const;
    for (const [words, code, said] of refusals) {
      const { status, stderr, stdout } = await answerOf(world, words);

      assert.equal(stdout, "");
      assert.match(stderr, said);
      assert.equal(status, code);
    }
  });

  it("shows the objects of one name in both API groups as one tenant", async () => {
    const current = ocmRef({ ...healthy, group: CURRENT_GROUP });
    const isPresentGroup = refsOf(healthy).ocm.apiVersion === current.apiVersion;
    assert.equal(isPresentGroup, false, "expected tenants of the earlier group");
    await world.onboarding.create({
      apiVersion: current.apiVersion,
      kind: current.kind,
      metadata: { name: healthy.name, namespace },
      spec: { version },
    });
    await awaitPresent<ServiceObj>(
      world.onboarding,
      ocmRef(healthy),
      (object) => conditionOf(object, "Follows") !== undefined,
      {
        what: "the earlier object follows",
      },
    );

    const { tenants } = await askForList("--sort", "name");
    const { tree } = await askForTree("mcp-01");

    assert.equal(tenants.length, 2);
    assert.equal(tenants[0]?.group, CURRENT_GROUP);
    assert.deepEqual(tenants[0].followers, ["ocm.services.openmcp.cloud"]);
    assert.deepEqual(
      tree.children.filter(({ kind }) => kind === "OCM").map(({ details }) => details?.["API group"]),
      ["ocm.services.openmcp.cloud/v1alpha1"],
    );
  });

  it("shows what there is of a tenant whose control plane does not answer", async () => {
    await world.ground.crash(healthy.cluster);
    try {
      const { tree } = await askForTree("mcp-01");
      const nodes = [...nodesOf(tree)];

      assert.equal(nodes.find(({ kind }) => kind === "HelmRelease")?.state, "ready");
      assert.deepEqual(
        nodes.filter(({ cluster }) => cluster === "mcp").map(({ kind, state }) => `${kind} ${state}`),
        ["Cluster unknown"],
      );
    } finally {
      await world.ground.revive(healthy.cluster);
    }
  });
});
