import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { textAt } from "../../value-at.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

type Rule = Readonly<Record<string, readonly string[]>>;

async function grant({ client }: TestServer, rules: readonly Rule[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? {} : { namespace };
  const scope = namespace === undefined ? "Cluster" : "";
  await client.create({ apiVersion: RBAC, kind: `${scope}Role`, metadata: { name: "r", ...where }, rules });
  await client.create({
    apiVersion: RBAC,
    kind: `${scope}RoleBinding`,
    metadata: { name: "r", ...where },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: `${scope}Role`, name: "r" },
    subjects: [{ kind: "User", name: "jane" }],
  });
}

async function ask(test: TestServer, path: string, method: "GET" | "DELETE" = "GET"): Promise<string> {
  const token = test.server.issueToken("jane");
  const { status, body } = await test.send(method, path, { headers: { authorization: `Bearer ${token}` } });
  return status === 403 ? textAt(body, "message") : "allowed";
}

describe("RBAC", () => {
  it("refuses what no role allows, in the words of kube-apiserver", async () => {
    const test = startTestServer();

    assert.equal(
      await ask(test, "/api/v1/namespaces/default/secrets/a"),
      'secrets "a" is forbidden: User "jane" cannot get resource "secrets" in API group "" in the namespace "default"',
    );
    assert.equal(
      await ask(test, "/apis/apps/v1/deployments"),
      'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope',
    );
    assert.equal(await ask(test, "/metrics"), 'forbidden: User "jane" cannot get path "/metrics"');
  });

  it("allows in one namespace what a role of that namespace allows", async () => {
    const test = startTestServer();
    await grant(test, [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }], "default");

    assert.equal(await ask(test, "/api/v1/namespaces/default/secrets"), "allowed");
    assert.match(await ask(test, "/api/v1/namespaces/kube-system/secrets"), /forbidden/);
    assert.match(await ask(test, "/api/v1/secrets"), /forbidden/);
  });

  it("limits a rule to its resource names, for watches of one name too", async () => {
    const test = startTestServer();
    await grant(test, [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"], resourceNames: ["a"] }]);

    assert.equal(await ask(test, "/api/v1/namespaces/default/secrets/a"), "allowed");
    assert.match(await ask(test, "/api/v1/namespaces/default/secrets/b"), /forbidden/);
    assert.match(await ask(test, "/api/v1/namespaces/default/secrets"), /forbidden/);
    assert.equal(await ask(test, "/api/v1/namespaces/default/secrets?fieldSelector=metadata.name%3Da"), "allowed");
  });

  it("keeps main resource and subresources apart", async () => {
    const test = startTestServer();
    await grant(test, [{ apiGroups: ["apps"], resources: ["deployments/status"], verbs: ["*"] }]);

    assert.equal(await ask(test, "/apis/apps/v1/namespaces/default/deployments/a/status"), "allowed");
    assert.match(await ask(test, "/apis/apps/v1/namespaces/default/deployments/a"), /forbidden/);
  });

  it("lets everybody who is authenticated discover, and nobody else", async () => {
    const test = startTestServer();

    assert.equal(await ask(test, "/apis"), "allowed");
    const anonymous = await test.server.handle({
      method: "GET",
      path: "/apis",
      headers: {},
      signal: new AbortController().signal,
    });
    assert.equal(anonymous.status, 403);
  });

  it("answers 401 to a token that is unknown, revoked or over", async () => {
    const test = startTestServer();
    const revoked = test.server.issueToken("jane");
    const short = test.server.issueToken("jane", [], 1000);
    test.server.revokeToken(revoked);
    await test.clock.advance(1000);

    for (const token of ["nonsense", revoked, short]) {
      const { status, body } = await test.send("GET", "/version", { headers: { authorization: `Bearer ${token}` } });
      assert.deepEqual([status, textAt(body, "reason")], [401, "Unauthorized"]);
    }
  });

  it("says in a SelfSubjectAccessReview what a request would be told", async () => {
    const test = startTestServer();
    await grant(test, [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }], "default");
    const authorization = `Bearer ${test.server.issueToken("jane")}`;

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("default", "kube-system"),
        fc.constantFrom("secrets", "configmaps"),
        async (namespace, resource) => {
          const resourceAttributes = { namespace, resource, verb: "get", name: "a" };
          const { body } = await test.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
            headers: { authorization },
            body: { spec: { resourceAttributes } },
          });
          const allowed = (body as { status: { allowed: boolean } }).status.allowed;
          const asked = await ask(test, `/api/v1/namespaces/${namespace}/${resource}/a`);
          assert.equal(allowed, asked === "allowed");
        },
      ),
      { numRuns: 10 },
    );
  });
});
