import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { install, reinstall } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { createKind, definitionRef, objectOf, type UnknownKind } from "../support/unknown-kind.ts";
import { startRunningWorld, type Tenant, type World } from "../support/world.ts";

const RELIC: UnknownKind = { kind: "Relic", plural: "relics", scope: "Cluster", version: "v1beta7" };
const WONDER: UnknownKind = { kind: "Wonder", plural: "wonders", scope: "Namespaced", version: "v3" };
// So long that whatever happens, happens because of a watch.
const pollInterval = "1h";
const BLOCKED = "deletion blocked: waiting for";
const REMOVED = "to be removed from the control plane";

describe("kinds of the toolkit's API group that nobody here has heard of", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    world = await startRunningWorld({ pollInterval });
    tenant = await install(world, { name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  const remove = async (): Promise<void> => {
    await world.onboarding.delete(refs.ocm);
    await awaitReason(world.onboarding, refs.ocm, "Removed", "UserObjectsExist");
  };
  const awaitMessage = (message: string): Promise<ServiceObj> =>
    awaitPresent<ServiceObj>(
      world.onboarding,
      refs.ocm,
      (object) => conditionOf(object, "Removed")?.message === message,
      { what: message },
    );

  it("block a deletion, cluster-scoped and in another version, are named, and let go", async () => {
    await createKind(tenant.mcp, RELIC);
    const relic = objectOf(RELIC, { name: "foo", finalizers: ["example.com/hold"] });
    await tenant.mcp.create(relic);
    await remove();

    await awaitMessage(`${BLOCKED} 1 object ${REMOVED}: Relic foo`);
    assert.equal((await world.platform.get(refs.release)).metadata.deletionTimestamp, undefined);

    const named = { apiVersion: relic.apiVersion, kind: RELIC.kind, name: "foo" };
    await tenant.mcp.delete(named);
    await tenant.mcp.patchMerge(named, { metadata: { finalizers: null } });
    await awaitGone(world.onboarding, refs.ocm);
    await tenant.mcp.delete(definitionRef(RELIC));
    await awaitGone(tenant.mcp, definitionRef(RELIC));
  });

  it("are noticed when they come, and go with their objects, while a deletion is blocked", async () => {
    await reinstall(world, tenant);
    const repository = ref("repository", "theirs", "default");
    const { name: _name, namespace, ...type } = repository;
    await tenant.mcp.create({ ...type, metadata: { name: "theirs", namespace: "default" }, spec: {} });
    await remove();
    const alone = `${BLOCKED} 1 object ${REMOVED}: Repository default/theirs`;
    await awaitMessage(alone);

    await createKind(tenant.mcp, WONDER);
    await tenant.mcp.create(objectOf(WONDER, { name: "first", namespace: "default" }));
    await awaitMessage(`${BLOCKED} 2 objects ${REMOVED}: Repository default/theirs, Wonder default/first`);

    await tenant.mcp.delete(definitionRef(WONDER));
    await awaitGone(tenant.mcp, definitionRef(WONDER));
    await awaitMessage(alone);
    await tenant.mcp.delete(repository);
    await awaitGone(world.onboarding, refs.ocm);
  });

  it("are counted, three of them named, although they are many and large", async () => {
    await reinstall(world, tenant);
    await createKind(tenant.mcp, WONDER);
    const text = "x".repeat(50_000);
    const names = Array.from({ length: 600 }, (_, number) => `w${String(number).padStart(3, "0")}`);
    for (let start = 0; start < names.length; start += 20) {
      const some = names.slice(start, start + 20).map((name) => objectOf(WONDER, { name, namespace: "default" }));
      await Promise.all(some.map((object) => tenant.mcp.create({ ...object, spec: { text } })));
    }
    await remove();

    const named = "Wonder default/w000, Wonder default/w001, Wonder default/w002 and 597 more";
    await awaitMessage(`${BLOCKED} 600 objects ${REMOVED}: ${named}`);
    await tenant.mcp.delete(definitionRef(WONDER));
    await awaitGone(world.onboarding, refs.ocm, 120_000);
  });
});
