import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { awaitGone } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { kindOf, type KindName } from "../support/kinds.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

const OURS = { labelSelector: "openmcp.cloud/managed-by=ocm.services.openmcp.cloud" };
const WORKSPACE = "project-x--ws-y";

describe("names of control planes", () => {
  let world: World;
  before(async () => {
    world = await startRunningWorld();
  });
  after(() => world.stop());

  async function remove(tenant: Tenant): Promise<void> {
    const { ocm: object } = refsOf(tenant);
    await world.onboarding.delete(object);
    await awaitGone(world.onboarding, object, 60_000);
  }

  async function namesLeft(tenant: Tenant): Promise<readonly string[]> {
    const kinds: readonly KindName[] = ["helmRelease", "ociRepository", "accessRequest", "secret"];
    const lists = await Promise.all(
      kinds.map((kind) => world.platform.list(kindOf(kind, tenant.tenantNamespace), OURS)),
    );
    return lists.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  }

  for (const length of [1, 30, 31, 63, 253]) {
    it(`may have ${length} ${length === 1 ? "character" : "characters"}`, async () => {
      const tenant = await install(world, { name: nameOf(length), namespace: WORKSPACE });

      await world.platform.get(refsOf(tenant).accessRequest);
      await remove(tenant);

      assert.deepEqual(await namesLeft(tenant), []);
      assert.deepEqual(await tenant.mcp.list(kindOf("deployment", "ocm-k8s-toolkit-system")), []);
      await world.ground.removeControlPlane(tenant);
    });
  }

  it("may be the same in two namespaces, which do not meet", async () => {
    const [version = "", newerVersion = ""] = world.ground.charts.versions;
    const [one, two] = await Promise.all([
      install(world, { name: "same", namespace: "project-a--ws-one" }),
      install(world, { name: "same", namespace: "project-a--ws-two" }),
    ]);
    assert.notEqual(one.tenantNamespace, two.tenantNamespace);
    const untouched = await world.platform.get(refsOf(two).source);

    await world.onboarding.patchMerge(refsOf(one).ocm, { spec: { version: newerVersion } });
    await awaitReady(world.onboarding, one, newerVersion);
    await remove(one);

    await awaitReady(world.onboarding, two, version);
    const { metadata } = await world.platform.get(refsOf(two).source);
    assert.equal(metadata.uid, untouched.metadata.uid);
    assert.equal(metadata.generation, untouched.metadata.generation);
    assert.deepEqual(await namesLeft(one), []);
    // The same again, in the namespace that has just become free.
    await world.onboarding.create(ocm(one, newerVersion));
    await awaitReady(world.onboarding, one, newerVersion);
  });
});

/** A name of so many characters; from 64 on it has to have dots, as the platform's labels have at most 63. */
function nameOf(length: number): string {
  return Array.from({ length }, (_, index) => (index % 50 === 49 && index < length - 1 ? "." : "m")).join("");
}
