import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { ContractClient } from "./contract-client.ts";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace } from "./things.ts";
import { ask } from "./wait.ts";
import { createServiceAccount, issueToken } from "./service-account.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const group = "rbac.authorization.k8s.io";
const path = configMaps("rbac");

function review(verb: string): object {
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { namespace: "rbac", verb, resource: "configmaps" } },
  };
}

export const rbac: Topic = (client) => {
  describe("authorization", () => {
    let reader: ContractClient | undefined;
    const asReader = (): ContractClient => reader ?? client().as(undefined);

    before(async () => {
      await createNamespace(client(), "rbac");
      await createServiceAccount(client(), "rbac", "reader");
      const rules = [
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["secrets"], resourceNames: ["known"], verbs: ["get"] },
      ];
      const role = { apiVersion: `${group}/v1`, kind: "Role", metadata: { name: "reader" }, rules };
      assertOK(await client().post(`${RBAC}/namespaces/rbac/roles`, role), 201);
      const binding = {
        apiVersion: `${group}/v1`,
        kind: "RoleBinding",
        metadata: { name: "reader" },
        roleRef: { apiGroup: group, kind: "Role", name: "reader" },
        subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "rbac" }],
      };
      assertOK(await client().post(`${RBAC}/namespaces/rbac/rolebindings`, binding), 201);
      await client().post(path, configMap("a"));
      reader = client().as(await issueToken(client(), "rbac", "reader"));
      await ask(
        () => asReader().get(path),
        ({ status }) => status === 200,
      );
    });

    it("allows what roles grant", async () => {
      assertOK(await asReader().get(`${path}/a`));
    });

    it("forbids everything else, and says who may not do what", async () => {
      const user = 'User "system:serviceaccount:rbac:reader"';
      assertRefused(
        await asReader().delete(`${path}/a`),
        403,
        "Forbidden",
        `configmaps "a" is forbidden: ${user} cannot delete resource "configmaps" in API group "" in the namespace "rbac"`,
      );
      assertRefused(
        await asReader().get("/api/v1/nodes"),
        403,
        "Forbidden",
        `nodes is forbidden: ${user} cannot list resource "nodes" in API group "" at the cluster scope`,
      );
      assertRefused(
        await asReader().merge("/apis/apps/v1/namespaces/rbac/deployments/d/status", {}),
        403,
        "Forbidden",
        `deployments.apps "d" is forbidden: ${user} cannot patch resource "deployments/status" in API group "apps" in the namespace "rbac"`,
      );
      assertRefused(
        await asReader().get("/metrics"),
        403,
        "Forbidden",
        `forbidden: ${user} cannot get path "/metrics"`,
      );
    });

    it("looks at names where a rule has some", async () => {
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "known" } };
      await client().post("/api/v1/namespaces/rbac/secrets", secret);

      assertOK(await asReader().get("/api/v1/namespaces/rbac/secrets/known"));
      assert.equal((await asReader().get("/api/v1/namespaces/rbac/secrets/other")).status, 403);
      assert.equal((await asReader().get("/api/v1/namespaces/rbac/secrets")).status, 403);
    });

    it("lets everybody discover the API and ask what is allowed", async () => {
      assertOK(await asReader().get("/apis"));
      assertOK(await asReader().get("/version"));
      const answers = await Promise.all(
        ["get", "delete"].map((verb) =>
          asReader().post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review(verb)),
        ),
      );
      assert.deepEqual(
        answers.map(({ body }) => (body.status as { allowed: boolean }).allowed),
        [true, false],
      );
    });
  });
};
