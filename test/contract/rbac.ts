import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace } from "./things.ts";
import { ask, waitFor } from "./wait.ts";
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

function asScraper(asked: string, verb: string, groups: readonly string[] = ["scrapers"]): object {
  return { user: "jane", groups, nonResourceAttributes: { path: asked, verb } };
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

    it("asks for the right to create where an apply creates", async () => {
      await bindClusterRole(client(), "patcher", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["patch"] }]);
      const applied = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new" } };
      assertRefused(
        await ask(
          () => asReader().apply(`${path}/new?fieldManager=reader`, applied),
          ({ body }) => !String(body.message).includes("cannot patch"),
        ),
        403,
        "Forbidden",
        'configmaps "new" is forbidden: User "system:serviceaccount:rbac:reader" cannot create resource "configmaps" in API group "" in the namespace "rbac"',
      );
    });

    it("lets nobody grant rights that they do not have", async () => {
      const verbs = ["create", "patch", "get"];
      await bindClusterRole(client(), "granter", [{ apiGroups: [group], resources: ["clusterroles"], verbs }]);
      const rules = [
        { apiGroups: ["example.com"], resources: ["things", "others"], verbs: ["get", "list"] },
        { apiGroups: [group], resources: ["clusterroles"], resourceNames: ["granted"], verbs: ["get", "delete"] },
        { nonResourceURLs: ["/logs"], verbs: ["get"] },
      ];
      const role = { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata: { name: "granted" } };
      await ask(
        () => asReader().get(`${RBAC}/clusterroles/granted`),
        ({ status }) => status === 404,
      );

      assertRefused(
        await asReader().post(`${RBAC}/clusterroles`, { ...role, rules }),
        403,
        "Forbidden",
        `clusterroles.${group} "granted" is forbidden: user "system:serviceaccount:rbac:reader" ` +
          '(groups=["system:serviceaccounts" "system:serviceaccounts:rbac" "system:authenticated"]) ' +
          "is attempting to grant RBAC permissions not currently held:\n" +
          '{APIGroups:["example.com"], Resources:["others"], Verbs:["get" "list"]}\n' +
          '{APIGroups:["example.com"], Resources:["things"], Verbs:["get" "list"]}\n' +
          `{APIGroups:["${group}"], Resources:["clusterroles"], ResourceNames:["granted"], Verbs:["delete"]}\n` +
          '{NonResourceURLs:["/logs"], Verbs:["get"]}',
      );
      const { body } = await client().post(`${RBAC}/clusterroles`, { ...role, metadata: { name: "empty" }, rules: [] });
      assert.equal(body["rules"], null);
      const held = [{ apiGroups: [group], resources: ["clusterroles"], resourceNames: ["granted"], verbs: ["get"] }];
      assertOK(await asReader().post(`${RBAC}/clusterroles`, { ...role, rules: held }), 201);
      const applied = { ...role, rules: [{ ...held[0], verbs: ["get", "update"] }] };
      assert.equal(
        (await asReader().apply(`${RBAC}/clusterroles/granted?fieldManager=reader&force=true`, applied)).status,
        403,
      );
    });

    it("lets nobody bind a role with rights that they do not have", async () => {
      await bindClusterRole(client(), "binder", [
        { apiGroups: [group], resources: ["clusterrolebindings"], verbs: ["create"] },
      ]);
      const bind = (role: string): object => ({
        apiVersion: `${group}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name: `bound-${role}` },
        roleRef: { apiGroup: group, kind: "ClusterRole", name: role },
        subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "rbac" }],
      });

      const answer = await ask(
        () => asReader().post(`${RBAC}/clusterrolebindings`, bind("cluster-admin")),
        ({ body }) => !String(body.message).includes("cannot create"),
      );
      assertRefused(
        answer,
        403,
        "Forbidden",
        `clusterrolebindings.${group} "bound-cluster-admin" is forbidden: user "system:serviceaccount:rbac:reader" ` +
          '(groups=["system:serviceaccounts" "system:serviceaccounts:rbac" "system:authenticated"]) ' +
          "is attempting to grant RBAC permissions not currently held:\n" +
          '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
      );
      assertOK(await asReader().post(`${RBAC}/clusterrolebindings`, bind("granted")), 201);
      assert.equal((await asReader().post(`${RBAC}/clusterrolebindings`, bind("nowhere"))).status, 404);
    });

    it("adds the rules of labelled ClusterRoles to view, edit and admin, and takes them away again", async () => {
      const rule = { apiGroups: ["example.com"], resources: ["aggregated"], verbs: ["get"] };
      const labels = { [`${group}/aggregate-to-view`]: "true" };
      const role = {
        apiVersion: `${group}/v1`,
        kind: "ClusterRole",
        metadata: { name: "more", labels },
        rules: [rule],
      };
      const roles = `${RBAC}/clusterroles`;

      assertOK(await client().post(roles, role), 201);
      for (const name of ["view", "edit", "admin"]) {
        const { rules } = (await waitFor(client(), roles, name, isGiven)) ?? {};
        assert.deepEqual(
          (rules as (typeof rule)[]).filter(({ resources }) => resources.includes("aggregated")),
          [rule],
        );
      }
      await client().delete(`${roles}/more`);
      for (const name of ["view", "edit", "admin"]) {
        await waitFor(client(), roles, name, (body) => !isGiven(body));
      }
    });

    it("says in a SubjectAccessReview what somebody else may do", async () => {
      const role = {
        apiVersion: `${group}/v1`,
        kind: "ClusterRole",
        metadata: { name: "rbac-scraper" },
        rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
      };
      assertOK(await client().post(`${RBAC}/clusterroles`, role), 201);
      const binding = {
        apiVersion: `${group}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name: "rbac-scraper" },
        roleRef: { apiGroup: group, kind: "ClusterRole", name: "rbac-scraper" },
        subjects: [{ apiGroup: group, kind: "Group", name: "scrapers" }],
      };
      assertOK(await client().post(`${RBAC}/clusterrolebindings`, binding), 201);
      const isAllowed = async (spec: object): Promise<boolean> => {
        const sent = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
        const answer = await client().post("/apis/authorization.k8s.io/v1/subjectaccessreviews", sent);
        assertOK(answer, 201);
        return (answer.body.status as { allowed: boolean }).allowed;
      };
      await ask(
        () => isAllowed(asScraper("/metrics", "get")),
        (answer) => answer,
      );
      assert.equal(await isAllowed(asScraper("/metrics", "get", ["others"])), false);
      assert.equal(await isAllowed(asScraper("/metrics/x", "get")), false);
      assert.equal(await isAllowed(asScraper("/metrics", "post")), false);
    });
  });
};

function isGiven(role: Body | undefined): boolean {
  return JSON.stringify(role?.["rules"] ?? []).includes('"aggregated"');
}

/** Gives the reader a role in the whole cluster. */
async function bindClusterRole(client: ContractClient, name: string, rules: readonly object[]): Promise<void> {
  const role = { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata: { name }, rules };
  assertOK(await client.post(`${RBAC}/clusterroles`, role), 201);
  const binding = {
    apiVersion: `${group}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: group, kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "rbac" }],
  };
  assertOK(await client.post(`${RBAC}/clusterrolebindings`, binding), 201);
}
