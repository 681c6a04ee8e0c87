import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../../kube/client.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { waitDeps } from "./testing/wait-deps.ts";
import { applyUserRoles, type UserKinds } from "./user-roles.ts";

const thing = { group: "example.org", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const offer = { ...thing, kind: "Offer", plural: "offers", namespaced: false };
const kinds: UserKinds = { written: [thing], known: offer, controller: "example.org" };

/** Applies the roles on a cluster that has these objects of others. Returns what was applied. */
async function applyBeside(...foreign: readonly string[]): Promise<readonly string[]> {
  const applied: string[] = [];
  const find = ({ kind }: Resource, { name }: KubeObject["metadata"]): Promise<KubeObject | undefined> => {
    const object = { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata: { name } };
    return Promise.resolve(foreign.includes(`${kind} ${name}`) ? object : undefined);
  };
  const apply = ({ kind }: Resource, object: KubeObject): Promise<KubeObject> => {
    applied.push(`${kind} ${object.metadata.name}`);
    return Promise.resolve(object);
  };
  const client = { find, apply } as unknown as Pick<KubeClient, "find" | "apply">;
  await applyUserRoles(client, { kinds, fieldManager: "test" }, waitDeps());
  return applied;
}

describe("applyUserRoles", () => {
  it("applies each role, and binds the one that is for everybody", async () => {
    assert.deepEqual(await applyBeside(), [
      "ClusterRole things.example.org:view",
      "ClusterRole things.example.org:edit",
      "ClusterRole things.example.org:everybody",
      "ClusterRoleBinding things.example.org:everybody",
    ]);
  });

  it("binds no role of somebody else to everybody", async () => {
    assert.deepEqual(await applyBeside("ClusterRole things.example.org:everybody"), [
      "ClusterRole things.example.org:view",
      "ClusterRole things.example.org:edit",
    ]);
  });

  it("leaves a binding of somebody else as it is", async () => {
    const applied = await applyBeside("ClusterRoleBinding things.example.org:everybody");

    assert.ok(applied.includes("ClusterRole things.example.org:everybody"));
    assert.ok(!applied.some((object) => object.startsWith("ClusterRoleBinding")));
  });
});
