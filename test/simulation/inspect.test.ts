import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { Obj } from "../../sim/object.ts";
import { provider } from "../../src/ocm/provider.ts";
import type { Program } from "../../src/openmcp/command/command.ts";
import { type Reader, readerOf } from "../../src/openmcp/command/reader.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import type { Answering } from "../../src/openmcp/inspect/answer.ts";
import { readRows } from "../../src/openmcp/inspect/read-rows.ts";
import { readTree } from "../../src/openmcp/inspect/read-tree.ts";
import type { TenantRow } from "../../src/openmcp/inspect/tenant-row.ts";
import { nodesOf, type TreeNode } from "../../src/openmcp/inspect/tree.ts";
import { watchTenants } from "../../src/openmcp/inspect/watch-tenants.ts";
import { hello } from "../support/hello.ts";
import { CURRENT_GROUP, ocmRef, ref } from "../support/kinds.ts";
import { conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { simulatedWorkplace } from "../support/simulated-provider.ts";
import { type Cast, type Intercept, isInstalled, never, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, PULL_SECRET } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y", group: CURRENT_GROUP };
const namespace = tenantNamespace(plane.name, plane.namespace);
const send: Intercept = ({ send: answer }) => answer();

type Asked = { readonly row: TenantRow; readonly tree: TreeNode };

/** A reader of a world, whose requests may be intercepted. */
function readerIn(world: SimulatedWorld, program: Program = provider, intercept = send): Reader {
  const { simulation, clock } = world;
  const random = seededRandom(2);
  const workplace = simulatedWorkplace({
    program,
    simulation,
    clock,
    random,
    signal: new AbortController().signal,
    intercept: (text, answer, signal) => intercept({ number: 0, text, from: "", send: answer, signal }, world),
  });
  return readerOf(workplace, {});
}

async function ask(world: SimulatedWorld, reader: Reader): Promise<Asked> {
  const answer = async (): Promise<Asked> => {
    const rows = await readRows(reader.program, await reader.onboarding(), { signal: reader.signal });
    const [row] = rows;
    assert.ok(row !== undefined && rows.length === 1);
    return { row, tree: await readTree(reader, row) };
  };
  const asked = await world.clock.runUntil(answer());
  assert.ok(asked !== undefined);
  return asked;
}

function states(tree: TreeNode, cluster: TreeNode["cluster"]): readonly string[] {
  return [...nodesOf(tree)]
    .filter((node) => node.cluster === cluster)
    .map(({ kind, state }) => `${kind} ${state}`)
    .toSorted();
}

/** A world with a tenant whose toolkit is installed. */
async function installed(spec: object = {}): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1);
  const { platform, onboarding, charts } = world.simulation;
  const [version = ""] = charts.versions;
  await platform.client.patchMerge(ref("providerConfig", "ocm"), { spec });
  world.startProvider();
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  await onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  return world;
}

describe("the tree of a tenant", () => {
  it("is there within seconds, though the control plane never answers", async () => {
    const world = await installed();
    const startMs = world.clock.now();
    const reader = readerIn(world, provider, ({ text, send: answer }) =>
      text.startsWith("mcp-01 ") ? never() : answer(),
    );

    const { tree } = await ask(world, reader);

    assert.ok(world.clock.now() - startMs <= 6_000, "expected an answer after the deadline of one cluster");
    assert.deepEqual(states(tree, "mcp"), ["Cluster unknown"]);
    assert.ok(states(tree, "platform").includes("HelmRelease ready"));
    await world.stop();
  });

  it("says of each kind that a cluster does not tell, and shows the others", async () => {
    const world = await installed();
    const reader = readerIn(world, provider, ({ text, send: answer }) =>
      text.includes("/ocirepositories") ? Promise.reject(new Error("socket hang up")) : answer(),
    );

    const { tree } = await ask(world, reader);

    assert.ok(states(tree, "platform").includes("OCIRepository unknown"));
    assert.ok(states(tree, "platform").includes("AccessRequest ready"));
    await world.stop();
  });

  it("shows the workload cluster where the toolkit runs there", async () => {
    const world = await installed({ targetCluster: "Workload" });

    const { tree } = await ask(world, readerIn(world));

    assert.ok(states(tree, "workload").includes("Deployment ready"));
    assert.deepEqual(states(tree, "mcp"), []);
    assert.equal(states(tree, "platform").filter((state) => state.startsWith("ClusterRequest")).length, 2);
    await world.stop();
  });

  it("names who holds a deletion", async () => {
    const world = await installed();
    const { platform, onboarding } = world.simulation;
    const release = { ...ref("helmRelease", "sp-ocm-k8s-toolkit", namespace) };
    const finalizers = ["finalizers.fluxcd.io", "example.com/hold"];
    await platform.client.patchMerge(release, { metadata: { finalizers } });
    await onboarding.client.delete(ocmRef(plane));
    await world.untilOcm(plane, (found) => conditionOf(found, "Removed")?.reason === "RemovingRelease");
    await world.clock.advance(60_000);

    const { row, tree } = await ask(world, readerIn(world));

    assert.equal(row.phase, "Terminating");
    const held = [...nodesOf(tree)].find(({ kind }) => kind === "HelmRelease");
    assert.match(held?.details?.["held by"] ?? "", /example\.com\/hold \(whoever has set it must remove it/);
    assert.match(tree.details?.["held by"] ?? "", /\/finalizer \(service-provider-ocm removes it once/);
    assert.deepEqual(
      [...nodesOf(tree)].filter(({ state }) => state === "absent"),
      [],
    );
    await world.stop();
  });

  for (const foreign of [foreignSource(), foreignSecret()]) {
    it(`calls an object foreign that somebody else has made under the provider's name: ${foreign.kind}`, async () => {
      const world = await SimulatedWorld.start(1);
      const { platform, onboarding, charts } = world.simulation;
      const [version = ""] = charts.versions;
      world.startProvider();
      await world.clock.runUntil(world.simulation.orderControlPlane(plane));
      await platform.client.create(foreign, { fieldManager: "kubectl-create" });
      await onboarding.client.create(ocm(plane, version));
      await world.untilOcm(plane, (found) => conditionOf(found, "ChartReady")?.reason === "ForeignObject");

      const { row, tree } = await ask(world, readerIn(world));

      assert.ok(row.isFailing);
      const node = [...nodesOf(tree)].find(({ kind, name }) => kind === foreign.kind && name === foreign.metadata.name);
      assert.equal(node?.state, "foreign");
      assert.match(node.message, /written by kubectl-create/);
      assert.ok(states(tree, "platform").includes("HelmRelease absent"));
      await world.stop();
    });
  }

  it("has the access of a provider that says no more of its installations", async () => {
    const world = await SimulatedWorld.start(1, send, { cast: helloCast });
    world.startProvider();
    await world.clock.runUntil(world.simulation.orderControlPlane(plane));
    const metadata = { name: plane.name, namespace: plane.namespace };
    const object = { apiVersion, kind: "Hello", ...metadata };
    await world.simulation.onboarding.client.create({
      apiVersion,
      kind: "Hello",
      metadata,
      spec: { greeting: "Hello" },
    });
    await world.until(object, (found) => found !== undefined && isReady(found));

    const { row, tree } = await ask(world, readerIn(world, hello));

    assert.equal(row.phase, "Ready");
    assert.deepEqual(states(tree, "platform"), ["AccessRequest ready", "ClusterRequest ready"]);
    await world.stop();
  });
});

const apiVersion = "hello.example.com/v1alpha1";

const helloCast: Cast = {
  program: hello,
  providerName: "hello",
  configure: async ({ platform }) => {
    const spec = { audience: "world" };
    await platform.client.create({ apiVersion, kind: "ProviderConfig", metadata: { name: "hello" }, spec });
  },
};

function foreignSource(): Obj {
  const { apiVersion: version, kind, name } = ref("ociRepository", "sp-ocm-k8s-toolkit", namespace);
  const spec = { url: "oci://registry.example.com/else", interval: "1h" };
  return { apiVersion: version, kind, metadata: { name, namespace }, spec };
}

function foreignSecret(): Obj {
  const metadata = { name: `sp-ocm-${PULL_SECRET}`, namespace };
  return { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: { a: "Yg==" } };
}

describe("status --watch", () => {
  it("goes on with each tenant that changes, and with the counts, until it is stopped", async () => {
    const world = await installed();
    const { onboarding } = world.simulation;
    const [, newer = ""] = world.simulation.charts.versions;
    const stop = new AbortController();
    const reader = { ...readerIn(world), signal: stop.signal };
    const written: string[] = [];
    const to: Answering = {
      format: "json",
      columns: () => undefined,
      hasColors: false,
      nowMs: () => world.clock.now(),
      write: async (part) => void written.push(String(part)),
    };
    const client = await world.clock.runUntil(reader.onboarding());
    assert.ok(client !== undefined);
    const watching = watchTenants({ reader, client, namespace: undefined }, { onlyFailing: false, sort: "state" }, to);
    await world.clock.advance(5_000);
    const first = JSON.parse(written.splice(0).join("")) as { readonly tenants: readonly TenantRow[] };

    await onboarding.client.patchMerge(ocmRef(plane), { spec: { version: newer } });
    await world.untilOcm(plane, isInstalled(newer));
    await world.clock.advance(5_000);
    await onboarding.client.delete(ocmRef(plane));
    await world.untilOcm(plane, (found: ServiceObj | undefined) => found === undefined);
    await world.clock.advance(5_000);
    stop.abort();
    await world.clock.runUntil(watching);

    assert.equal(first.tenants.length, 1);
    const changes = written.join("").trim().split("\n").map(toChange);
    assert.ok(changes.includes(`tenant Ready ${newer}`), changes.join());
    assert.ok(changes.includes("summary 1"), changes.join());
    assert.deepEqual(changes.slice(-2), ["gone", "summary 0"]);
    await world.stop();
  });
});

type Change = {
  readonly tenant?: TenantRow;
  readonly gone?: TenantRow;
  readonly summary?: { readonly total: number };
};

function toChange(line: string): string {
  const { tenant, gone, summary } = JSON.parse(line) as Change;
  if (tenant !== undefined) {
    return `tenant ${tenant.phase} ${tenant.installed}`;
  }
  return gone === undefined ? `summary ${summary?.total}` : "gone";
}
