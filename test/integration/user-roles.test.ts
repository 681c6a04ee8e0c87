import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { waitUntil } from "../../ground/wait-until.ts";
import type { SimClient } from "../../sim/client.ts";
import { ClientError } from "../../sim/client-error.ts";
import type { Obj } from "../../sim/object.ts";
import { CURRENT_GROUP, EARLIER_GROUP, ocmRef, type OcmName, namespaceOf } from "../support/kinds.ts";
import { connectAsUser } from "../support/onboarding-user.ts";
import { ocm, prepare, startWorld, type World } from "../support/world.ts";

const NAMESPACE = "project-x--ws-y";
const GROUPS = [CURRENT_GROUP, EARLIER_GROUP];
const ROLES = ["view", "edit"].map((role) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  name: `ocms.${CURRENT_GROUP}:${role}`,
}));

describe("the ClusterRoles for users", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.onboarding.create(namespaceOf(NAMESPACE));
  });
  after(() => world.stop());

  for (const role of ["edit", "admin"]) {
    it(`let whoever has ${role} in a namespace order, change and delete there, in both groups`, async () => {
      const user = await connectAsUser(world, { namespace: NAMESPACE, role });
      for (const group of GROUPS) {
        const object = named(`of-${role}`, group);
        await untilAllowed(user, group);

        await user.create(orderOf(object.name, group));
        await user.patchMerge(ocmRef(object), { spec: { version: "0.5.0" } });
        const [found] = await user.list({ apiVersion: `${group}/v1alpha1`, kind: "OCM", namespace: NAMESPACE });
        assert.deepEqual(found?.["spec"], { version: "0.5.0" });
        await user.delete(ocmRef(object));

        assert.equal(await user.find(ocmRef(object)), undefined);
      }
    });
  }

  it("let whoever has view read, and nothing else", async () => {
    const user = await connectAsUser(world, { namespace: NAMESPACE, role: "view" });
    for (const group of GROUPS) {
      await world.onboarding.create(orderOf("theirs", group));
      await untilAllowed(user, group);

      const found = await user.get(ocmRef(named("theirs", group)));

      assert.deepEqual(found["spec"], { version: "0.4.0" });
      await assertForbidden(user.create(orderOf("mine", group)));
      await assertForbidden(user.patchMerge(ocmRef(named("theirs", group)), { spec: { version: "0.5.0" } }));
      await assertForbidden(user.delete(ocmRef(named("theirs", group))));
    }
  });

  it("give nobody anything in another namespace", async () => {
    const user = await connectAsUser(world, { namespace: "default", role: "admin" });
    await untilAllowed(user, CURRENT_GROUP, "default");

    await assertForbidden(user.get(ocmRef(named("theirs", CURRENT_GROUP))));
  });

  it("are put right by the next init, and left alone when they are somebody else's", async () => {
    const [view, edit] = await Promise.all(ROLES.map((role) => world.onboarding.get(role)));
    assert.ok(view !== undefined && edit !== undefined);
    await world.onboarding.patchMerge({ ...view, name: view.metadata.name }, { rules: [] });
    await world.onboarding.delete({ ...edit, name: edit.metadata.name });
    const foreign = { ...edit, metadata: { name: edit.metadata.name }, rules: [] };
    await world.onboarding.create(foreign, { fieldManager: "somebody" });

    await prepare(world);

    const [viewNow, editNow] = await Promise.all(ROLES.map((role) => world.onboarding.get(role)));
    assert.deepEqual(viewNow?.["rules"], view["rules"]);
    assert.deepEqual(editNow?.["rules"], null);
    assert.equal(editNow.metadata.labels, undefined);
  });
});

function named(name: string, group: string): OcmName {
  return { name, namespace: NAMESPACE, group };
}

function orderOf(name: string, group: string): Obj {
  return { ...ocm(named(name, group), "0.4.0"), apiVersion: `${group}/v1alpha1` };
}

// Roles are aggregated, and known to a real API server, a moment after they were written.
function untilAllowed(user: SimClient, group: string, namespace = NAMESPACE): Promise<void> {
  const isAllowed = (): Promise<boolean> =>
    user.list({ apiVersion: `${group}/v1alpha1`, kind: "OCM", namespace }).then(
      () => true,
      () => false,
    );
  return waitUntil(isAllowed, { what: "the user may list OCM objects", withinMs: 30_000 });
}

function assertForbidden(request: Promise<unknown>): Promise<void> {
  return assert.rejects(request, (error) => error instanceof ClientError && error.code === 403);
}
