import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ControlPlaneRef } from "../../ground/ground.ts";
import { recordedTimings } from "../../sim/flux/timings.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { chooseShard, SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { listAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { configRef, CURRENT_GROUP, kindOf, ocmRef, ref } from "../support/kinds.ts";
import { conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { PlatformDecisions } from "../support/platform-decisions.ts";
import { type Intercept, isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm, providerConfig } from "../support/world.ts";

const A = `${SHARD_LABEL}=a`;
const B = `${SHARD_LABEL}=b`;
const MAIN = `!${SHARD_LABEL}`;
const NAMESPACE = "project-x--ws-y";
const OURS = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };

type Written = { readonly from: string; readonly text: string };

/** A world whose processes share the tenants, and what each of them has written. */
class ShardedWorld {
  readonly world: SimulatedWorld;
  readonly writes: Written[];

  private constructor(world: SimulatedWorld, writes: Written[]) {
    this.world = world;
    this.writes = writes;
  }

  static async start(seed = 1, decide?: PlatformDecisions["decide"]): Promise<ShardedWorld> {
    const writes: Written[] = [];
    const note: Intercept = ({ from, text, send }) => {
      if (!/ (?:GET|HEAD) /u.test(text) && !/\/events/u.test(text)) {
        writes.push({ from, text });
      }
      return send();
    };
    const world = await SimulatedWorld.start(seed, note, { decide });
    const shards = new ShardedWorld(world, writes);
    shards.restart();
    return shards;
  }

  /** Starts all processes, after a crash of those that run. */
  restart(): void {
    for (const selector of [MAIN, A, B]) {
      this.world.crash(selector);
      this.world.startProvider({ selector, isOnDuty: selector === MAIN });
    }
  }

  /** Who has written something for a tenant since the last call. */
  writersFor({ name, namespace }: ControlPlaneRef): readonly string[] {
    const onPlatform = tenantNamespace(name, namespace);
    const isTheirs = ({ text }: Written): boolean => text.includes(onPlatform) || text.includes(`/ocms/${name}`);
    return [
      ...new Set(
        this.writes
          .splice(0)
          .filter(isTheirs)
          .map(({ from }) => from),
      ),
    ];
  }

  async order(name: string, labels?: Record<string, string>): Promise<ControlPlaneRef> {
    const { clock, simulation } = this.world;
    const plane = { name, namespace: NAMESPACE };
    const [version = ""] = simulation.charts.versions;
    await clock.runUntil(simulation.orderControlPlane(plane));
    const ordered = ocm(plane, version);
    await simulation.onboarding.client.create({
      ...ordered,
      metadata: { ...ordered.metadata, ...(labels && { labels }) },
    });
    return plane;
  }

  async installed(plane: ControlPlaneRef): Promise<void> {
    const [version = ""] = this.world.simulation.charts.versions;
    await this.world.untilOcm(plane, isInstalled(version));
  }

  /** The shard labels of the objects that Flux reads. */
  async fluxShards({ name, namespace }: ControlPlaneRef): Promise<readonly (string | undefined)[]> {
    const { client } = this.world.simulation.platform;
    const onPlatform = tenantNamespace(name, namespace);
    const kinds = ["helmRelease", "ociRepository"] as const;
    const found = await Promise.all(kinds.map((kind) => client.find(ref(kind, "sp-ocm-k8s-toolkit", onPlatform))));
    return found.map((object) => object?.metadata.labels?.[SHARD_LABEL]);
  }

  async label(object: ObjRef, value: string | null): Promise<void> {
    await this.world.simulation.onboarding.client.patchMerge(object, {
      metadata: { labels: { [SHARD_LABEL]: value } },
    });
  }

  async remove(plane: ControlPlaneRef): Promise<void> {
    await this.world.simulation.onboarding.client.delete(ocmRef(plane));
    await this.world.untilOcm(plane, (object) => object === undefined);
  }

  /** Lets time pass until news have arrived everywhere. */
  pass(ms = 5_000): Promise<void> {
    return this.world.clock.advance(ms);
  }

  /** Looks whether one tenant has a release, and nobody else. */
  async assertOneRelease({ name, namespace }: ControlPlaneRef): Promise<void> {
    const releases = await this.world.simulation.platform.client.list(kindOf("helmRelease"));
    const tenants = releases.map(({ metadata }) => metadata.namespace);
    assert.deepEqual(tenants, [tenantNamespace(name, namespace)]);
  }

  async assertNothingLeft(): Promise<void> {
    const { platform } = this.world.simulation;
    for (const kind of ["helmRelease", "ociRepository", "accessRequest", "secret"] as const) {
      const left = await platform.client.list(kindOf(kind), OURS);
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name),
        [],
        `${kind}s are left behind`,
      );
    }
  }
}

describe("processes that share the tenants", () => {
  it("serve those of their key, and hand the key on to Flux", async () => {
    const shards = await ShardedWorld.start();
    const cases = [
      [await shards.order("mcp-a", { [SHARD_LABEL]: "a" }), A, "a"],
      [await shards.order("mcp-b", { [SHARD_LABEL]: "b" }), B, "b"],
      [await shards.order("mcp-none"), MAIN, undefined],
    ] as const;
    for (const [plane, , shard] of cases) {
      await shards.installed(plane);
      assert.deepEqual(await shards.fluxShards(plane), [shard, shard]);
    }
    const writes = [...shards.writes];
    for (const [plane, selector] of cases) {
      shards.writes.splice(0, Infinity, ...writes);
      assert.deepEqual(shards.writersFor(plane), [selector]);
    }
    for (const [plane] of cases) {
      await shards.remove(plane);
    }
    await shards.assertNothingLeft();
    await shards.world.stop();
  });

  it("take the key from the namespace, and lose nothing when the namespace gets another one", async () => {
    const shards = await ShardedWorld.start();
    const plane = await shards.order("mcp-01");
    await shards.installed(plane);
    for (const [value, selector] of [
      ["a", A],
      ["b", B],
      [null, MAIN],
    ] as const) {
      await shards.label(ref("namespace", NAMESPACE), value);
      await shards.pass();
      assert.deepEqual(await shards.fluxShards(plane), [value ?? undefined, value ?? undefined]);
      shards.writersFor(plane);
      await shards.world.simulation.onboarding.client.patchMerge(ocmRef(plane), {
        metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } },
      });
      await shards.pass();
      assert.deepEqual(shards.writersFor(plane), [selector]);
    }
    await shards.remove(plane);
    await shards.assertNothingLeft();
    await shards.world.stop();
  });

  it("take the key that the ProviderConfig chooses, and give up only what a new shard takes", async () => {
    const shards = await ShardedWorld.start();
    const { client } = shards.world.simulation.platform;
    const choose = (keys: readonly string[]): Promise<unknown> =>
      client.patchMerge(ref("providerConfig", "ocm"), { spec: { shards: keys } });
    await choose(["a"]);
    const planes = await Promise.all(["mcp-01", "mcp-02", "mcp-03", "mcp-04"].map((name) => shards.order(name)));
    for (const plane of planes) {
      await shards.installed(plane);
      assert.deepEqual(await shards.fluxShards(plane), ["a", "a"]);
    }
    await choose(["a", "b"]);
    await shards.pass();
    const chosen = planes.map((plane) => chooseShard(["a", "b"], plane));
    assert.deepEqual(new Set(chosen), new Set(["a", "b"]));
    for (const [index, plane] of planes.entries()) {
      assert.deepEqual(await shards.fluxShards(plane), [chosen[index], chosen[index]]);
      await shards.remove(plane);
    }
    await shards.assertNothingLeft();
    await shards.world.stop();
  });
});

describe("a ProviderConfig of today's group that comes to lead before one of the earlier group", () => {
  for (const [what, ofLeader] of [
    ["is bad", { versionsFrom: { name: "toolkit", semver: "newest" } }],
    ["is ignored", undefined],
  ] as const) {
    it(`leaves all tenants in their shards while it ${what}, also when all processes start anew`, async () => {
      const shards = await ShardedWorld.start();
      const { client } = shards.world.simulation.platform;
      await client.patchMerge(configRef(), { spec: { shards: ["a", "b"] } });
      const planes = await Promise.all(["mcp-01", "mcp-02"].map((name) => shards.order(name)));
      for (const plane of planes) {
        await shards.installed(plane);
      }
      const before = await Promise.all(planes.map((plane) => shards.fluxShards(plane)));
      const { spec } = await client.get<ServiceObj>(configRef());
      const { metadata, ...leader } = providerConfig({ ...spec, ...ofLeader }, CURRENT_GROUP);
      const annotations = { "openmcp.cloud/operation": "ignore" };

      await client.create({ ...leader, metadata: { ...metadata, ...(ofLeader === undefined && { annotations }) } });
      await shards.pass();
      shards.restart();
      await shards.pass();

      assert.deepEqual(await Promise.all(planes.map((plane) => shards.fluxShards(plane))), before);
      const follower = await client.get(configRef());
      assert.deepEqual(listAt(follower, "status", "shards"), ["a", "b"]);
      await shards.world.stop();
    });
  }
});

describe("tenants of two shards that the platform gives one workload cluster", () => {
  it("do not both get the toolkit there", async () => {
    const shards = await ShardedWorld.start();
    const { platform } = shards.world.simulation;
    await platform.client.patchMerge(ref("providerConfig", "ocm"), { spec: { targetCluster: "Workload" } });
    const first = await shards.order("mcp-01");
    await shards.installed(first);

    for (const shard of ["a", "b"]) {
      const other = await shards.order(`mcp-${shard}`, { [SHARD_LABEL]: shard });
      await shards.world.untilOcm(other, (object) => conditionOf(object, "ReleaseReady")?.reason === "ClusterShared");
    }
    await shards.label(ocmRef(first), "b");
    await shards.pass(60_000);

    await shards.assertOneRelease(first);
    await shards.world.stop();
  });

  it("do not, although the one that has it asked for a cluster later", async () => {
    const decisions = new PlatformDecisions();
    const shards = await ShardedWorld.start(1, decisions.decide);
    const { platform } = shards.world.simulation;
    await platform.client.patchMerge(ref("providerConfig", "ocm"), { spec: { targetCluster: "Workload" } });
    const held = { name: "mcp-01", namespace: NAMESPACE };
    const name = "ocm.services.openmcp.cloud--mcp-01--wl";
    const request = ref("clusterRequest", name, tenantNamespace(held.name, held.namespace));
    decisions.set(request, "hold");
    await shards.order(held.name, { [SHARD_LABEL]: "a" });
    await shards.pass();
    const later = await shards.order("mcp-02", { [SHARD_LABEL]: "b" });
    await shards.installed(later);

    await decisions.grant(platform.client, request);

    await shards.world.untilOcm(held, (object) => conditionOf(object, "ReleaseReady")?.reason === "ClusterShared");
    await shards.assertOneRelease(later);
    await shards.world.stop();
  });
});

describe("a tenant that moves while Flux takes a failed upgrade back", () => {
  const plane = { name: "mcp-01", namespace: NAMESPACE };
  const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", tenantNamespace(plane.name, plane.namespace));

  it("keeps its helm-controller until that is done", async () => {
    const world = await SimulatedWorld.start(1, undefined, { fluxTimings: recordedTimings });
    const { clock, simulation } = world;
    const { platform, onboarding, charts } = simulation;
    const [version = ""] = charts.versions;
    /** What Flux says of the release, and the shard that it has then, each time that one of them changes. */
    const told: string[] = [];
    const watched = async (untilReason: string): Promise<void> => {
      for (let reason: string | undefined; reason !== untilReason; await clock.advance(100)) {
        const release = await platform.client.get<ServiceObj>(RELEASE);
        reason = conditionOf(release, "Ready")?.reason;
        const line = `${reason} ${release.metadata.labels?.[SHARD_LABEL] ?? "none"}`;
        told.push(...(told.at(-1) === line ? [] : [line]));
        assert.ok(told.length < 20, told.join(", "));
      }
    };
    world.startProvider();
    await clock.runUntil(simulation.orderControlPlane(plane));
    await onboarding.client.create(ocm(plane, version));
    await world.untilOcm(plane, isInstalled(version));
    const values = { manager: { nodeSelector: { nobody: "matches" } } };
    await platform.client.patchMerge(ref("providerConfig", "ocm"), { spec: { values } });
    await watched("UpgradeFailed");

    await onboarding.client.patchMerge(ref("namespace", NAMESPACE), { metadata: { labels: { [SHARD_LABEL]: "a" } } });
    await watched("RollbackSucceeded");
    await watched("Progressing");

    assert.deepEqual(told.slice(told.indexOf("UpgradeFailed none")), [
      "UpgradeFailed none",
      "RollbackSucceeded a",
      "Progressing a",
    ]);
    await world.stop();
  });
});
