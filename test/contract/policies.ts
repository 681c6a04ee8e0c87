import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { Answer, ContractClient } from "./contract-client.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { createServiceAccount, issueToken } from "./service-account.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";
import type { Topic } from "./topic.ts";
import { ask } from "./wait.ts";

const GROUP = "admissionregistration.k8s.io";
const POLICIES = `/apis/${GROUP}/v1/validatingadmissionpolicies`;
const BINDINGS = `/apis/${GROUP}/v1/validatingadmissionpolicybindings`;
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const WITHIN = "policies";
const path = configMaps(WITHIN);
const COLORS = { paramKind: { apiVersion: "v1", kind: "ConfigMap" } };

export const policies: Topic = (client) => {
  describe("validating admission policies", () => {
    before(() => createNamespace(client(), WITHIN));

    it("are completed with their defaults", async () => {
      const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
      const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "true" }] };
      const { body } = await client().post(POLICIES, policy("defaults", spec));

      assert.deepEqual(body.spec, {
        failurePolicy: "Fail",
        matchConstraints: {
          matchPolicy: "Equivalent",
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [{ ...rule, scope: "*" }],
        },
        validations: [{ expression: "true" }],
      });
      assert.equal(body.metadata?.generation, 1);
      const bound = await client().post(BINDINGS, binding("defaults"));
      assert.deepEqual(bound.body.spec, { policyName: "defaults", validationActions: ["Deny"] });
    });

    it("are refused without expressions, with one that is none, and without an action", async () => {
      const cases: readonly (readonly [string, Body, string])[] = [
        [POLICIES, policy("bad", { validations: [] }), "spec.validations"],
        [POLICIES, policy("bad", { validations: [{ expression: "1 +" }] }), "spec.validations[0].expression"],
        [BINDINGS, { ...binding("bad"), spec: { policyName: "bad" } }, "spec.validationActions"],
      ];
      for (const [collection, object, field] of cases) {
        const { status, body } = await client().post(collection, object);
        assert.equal(status, 422, field);
        assert.ok(
          body.details?.causes?.some((cause) => cause.field === field),
          JSON.stringify(body),
        );
      }
    });

    it("refuse what their parameters say, in the words of their message", async () => {
      await client().post(path, configMap("colors", { red: "1", blue: "1" }));
      const name = "by-parameters";
      await enforce(
        client(),
        name,
        {
          ...COLORS,
          validations: [
            {
              expression: "object.data.color in params.data",
              message: "a color",
              messageExpression: `'"' + object.data.color + '" is none of ' + string(size(params.data))`,
            },
          ],
        },
        { paramRef: { name: "colors", namespace: WITHIN, parameterNotFoundAction: "Deny" } },
      );

      const text = `ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: "green" is none of 2`;
      const refused = await client().post(path, judged(name, "a", { color: "green" }));
      assertRefused(refused, 422, "Invalid", `configmaps "a" is forbidden: ${text}`);
      assert.deepEqual(refused.body.details, { name: "a", kind: "configmaps", causes: [{ message: text }] });
      const lines = await client().post(path, judged(name, "a", { color: "a\nb" }));
      assert.match(String(lines.body.message), /denied request: a color$/u);
      assertOK(await client().post(path, judged(name, "a", { color: "red" })), 201);
      assert.equal((await client().merge(`${path}/a`, { data: { color: "green" } })).status, 422);
      assertOK(await client().merge(`${path}/a`, { metadata: { annotations: { a: "b" } } }));

      await client().delete(`${path}/colors`);
      const none = await ask(
        () => client().post(path, judged(name, "b", { color: "green" })),
        ({ body }) => !String(body.message).includes("is none of"),
      );
      assert.match(
        String(none.body.message),
        /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/u,
      );
      await lift(client(), name);
    });

    it("say nothing about a change that a match condition leaves out, nor about the status", async () => {
      const name = "by-condition";
      await enforce(client(), name, {
        matchConditions: [
          { name: "changes", expression: "oldObject == null || oldObject.spec.mode != object.spec.mode" },
          {
            name: "by-others",
            expression: '!has(request.options.fieldManager) || request.options.fieldManager != "the-owner"',
          },
        ],
        validations: [{ expression: 'object.spec.mode == "auto"', message: "has to be auto" }],
      });
      const collection = things(WITHIN);
      const labels = { judged: name };
      const manual = thing("manual", { mode: "manual", version: "v1" }, { labels });

      assert.match(String((await client().post(collection, manual)).body.message), /denied request: has to be auto$/u);
      assertOK(await client().post(`${collection}?fieldManager=the-owner`, manual), 201);
      assertOK(await client().merge(`${collection}/manual`, { spec: { size: 4 } }));
      assertOK(await client().merge(`${collection}/manual/status`, { status: { phase: "Done" } }));
      assertOK(await client().merge(`${collection}/manual`, { spec: { mode: "auto" } }));
      assert.equal((await client().merge(`${collection}/manual`, { spec: { mode: "manual" } })).status, 422);
      const applied = { ...manual, metadata: { ...manual.metadata, managedFields: undefined } };
      assert.equal((await client().apply(`${collection}/manual?fieldManager=me&force=true`, applied)).status, 422);
      assertOK(await client().delete(`${collection}/manual`));
      await lift(client(), name);
    });

    it("refuse or admit what they cannot judge, as they say", async () => {
      const validations = [{ expression: "object.data.missing == object.metadata.name" }];
      await enforce(client(), "fails", { validations });
      const { status, body } = await client().post(path, judged("fails", "c", { other: "d" }));
      assert.equal(status, 422);
      assert.match(String(body.message), /denied request: expression '.*' resulted in error: no such key: missing$/u);
      await lift(client(), "fails");

      await enforce(
        client(),
        "ignores",
        {
          failurePolicy: "Ignore",
          validations: [...validations, { expression: 'object.metadata.name != "refused"' }],
        },
        { probe: "refused" },
      );
      assertOK(await client().post(path, judged("ignores", "c", { other: "d" })), 201);
      await lift(client(), "ignores");
    });

    it("warn where the binding says so", async () => {
      const spec = { validations: [{ expression: "false", message: "just so you know" }] };
      await client().post(POLICIES, policy("warns", spec));
      await client().post(BINDINGS, binding("warns", { validationActions: ["Warn"] }));

      const answer = await ask(
        () => client().post(`${path}?dryRun=All`, judged("warns", "e")),
        ({ headers }) => headers["warning"] !== undefined,
      );
      assert.equal(answer.status, 201);
      assert.equal(
        answer.headers["warning"],
        "299 - \"Validation failed for ValidatingAdmissionPolicy 'warns' with binding 'warns': just so you know\"",
      );
      await lift(client(), "warns");
    });

    it("compute variables, and say which expression has failed when they have no message", async () => {
      const name = "with-variables";
      await enforce(client(), name, {
        variables: [
          { name: "length", expression: "size(object.metadata.name)" },
          { name: "isLong", expression: "variables.length > 3" },
        ],
        validations: [{ expression: "variables.isLong && namespaceObject.metadata.name == 'policies'" }],
      });

      assert.match(
        String((await client().post(path, judged(name, "abc"))).body.message),
        /denied request: failed expression: variables\.isLong && namespaceObject\.metadata\.name == 'policies'$/u,
      );
      assertOK(await client().post(path, judged(name, "abcd")), 201);
      await lift(client(), name);
    });

    it("are written only by who may read what their parameters may be", async () => {
      await createServiceAccount(client(), WITHIN, "author");
      const author = client().as(await issueToken(client(), WITHIN, "author"));
      const resources = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"];
      await grant(client(), "author", [{ apiGroups: [GROUP], resources, verbs: ["create", "patch"] }]);
      const unread = policy("by-author", { ...COLORS, validations: [{ expression: "true" }] });

      const refused = await ask(
        () => author.post(POLICIES, unread),
        ({ status }) => status !== 403,
      );
      assert.equal(refused.status, 422);
      assert.match(
        String(refused.body.message),
        /spec\.paramKind: Forbidden: user .*system:serviceaccount:policies:author.* must have "get" permission on all objects of the referenced paramKind \(kind=ConfigMap, apiVersion=v1\)$/u,
      );
      await grant(client(), "reader-of-one", [
        { apiGroups: [""], resources: ["configmaps"], resourceNames: ["one"], verbs: ["get"] },
      ]);
      assert.equal((await author.post(POLICIES, unread)).status, 422);
      await grant(client(), "reader-of-all", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]);
      await ask(
        () => author.post(POLICIES, unread),
        ({ status }) => status === 201,
      );
      const paramRef = { name: "one", namespace: WITHIN, parameterNotFoundAction: "Allow" };
      assertOK(await author.post(BINDINGS, binding("by-author", { paramRef })), 201);
    });
  });
};

/** A policy about the config maps and things that bear its name in the label `judged`. */
function policy(name: string, spec: object): Body {
  const matchConstraints = {
    objectSelector: { matchLabels: { judged: name } },
    resourceRules: [
      {
        apiGroups: ["", "contract.example.org"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: ["configmaps", "things"],
      },
    ],
  };
  return {
    apiVersion: `${GROUP}/v1`,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: { matchConstraints, ...spec },
  };
}

async function grant(as: ContractClient, name: string, rules: readonly object[]): Promise<void> {
  const apiGroup = "rbac.authorization.k8s.io";
  const [apiVersion, metadata] = [`${apiGroup}/v1`, { name: `policies-${name}` }];
  assertOK(await as.post(`${RBAC}/clusterroles`, { apiVersion, kind: "ClusterRole", metadata, rules }), 201);
  const subjects = [{ kind: "ServiceAccount", name: "author", namespace: WITHIN }];
  const roleRef = { apiGroup, kind: "ClusterRole", name: metadata.name };
  const bound = { apiVersion, kind: "ClusterRoleBinding", metadata, roleRef, subjects };
  assertOK(await as.post(`${RBAC}/clusterrolebindings`, bound), 201);
}

function binding(policyName: string, spec: object = {}): Body {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: policyName },
    spec: { policyName, validationActions: ["Deny"], ...spec },
  };
}

function judged(by: string, name: string, data: Readonly<Record<string, string>> = {}): Body {
  return configMap(name, data, { labels: { judged: by } });
}

/** Puts a policy in force. A real server learns of it a moment later: by then, an object called `probe` is refused. */
async function enforce(
  client: ContractClient,
  name: string,
  spec: object,
  { probe = "abc", ...bound }: { readonly probe?: string; readonly paramRef?: object } = {},
): Promise<void> {
  assertOK(await client.post(POLICIES, policy(name, spec)), 201);
  assertOK(await client.post(BINDINGS, binding(name, bound)), 201);
  const ofThings = { ...thing(probe, { mode: "manual", version: "v1" }, { labels: { judged: name } }) };
  const send = async (): Promise<readonly Answer[]> => [
    await client.post(`${path}?dryRun=All`, judged(name, probe, { color: "none" })),
    await client.post(`${things(WITHIN)}?dryRun=All`, ofThings),
  ];
  await ask(send, (answers) => answers.some(({ status }) => status === 422));
}

async function lift(client: ContractClient, name: string): Promise<void> {
  await client.delete(`${BINDINGS}/${name}`);
  await client.delete(`${POLICIES}/${name}`);
}
