import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { KubeClient } from "../../kube/client.ts";
import { ManualClock } from "../../kube/testing/manual-clock.ts";
import { Script, type Step } from "../../kube/testing/script.ts";
import { createLogger } from "../../runtime/log.ts";
import { movedProgram, testProgram } from "../command/testing/program.ts";
import { type AdmissionDeps, AdmissionKeeper, admissionParts, admissionRights } from "./admission.ts";
import type { Reading } from "./definition.ts";

const parameters = { group: "test.example", version: "v1", kind: "Limit", plural: "limits", namespaced: false };
const rules = { validations: [{ expression: "object.spec.size in params.sizes" }] };
const admission = { parameters, rules, parametersOf: () => undefined };

describe("the policy of a provider", () => {
  it("is written after its parameters and before its binding, with names of the provider's kind", () => {
    const parts = admissionParts({ ...testProgram, admission }, { sizes: [1] });

    assert.deepEqual(
      parts.map(({ desired: { kind, metadata } }) => `${kind} ${metadata.name}`),
      [
        "Limit test",
        "ValidatingAdmissionPolicy tests.test.example",
        "ValidatingAdmissionPolicyBinding tests.test.example",
      ],
    );
    assert.deepEqual(parts[0]?.desired["spec"], { sizes: [1] });
    for (const { desired } of parts) {
      assert.deepEqual(desired.metadata.labels, { "openmcp.cloud/managed-by": "test.example" });
    }
  });

  it("judges the objects of every group when they are created or changed, and admits what it cannot judge", () => {
    const [, policy, binding] = admissionParts({ ...movedProgram, admission }, {});

    const spec = policy?.desired["spec"] as Record<string, unknown>;
    const { resourceRules } = spec["matchConstraints"] as { resourceRules: readonly Record<string, unknown>[] };
    assert.deepEqual(
      resourceRules.map(({ apiGroups, operations }) => ({ apiGroups, operations })),
      ["test.example", "old.example"].map((group) => ({ apiGroups: [group], operations: ["CREATE", "UPDATE"] })),
    );
    assert.equal(spec["failurePolicy"], "Ignore");
    assert.deepEqual(binding?.desired["spec"], {
      policyName: "tests.test.example",
      paramRef: { name: "test", parameterNotFoundAction: "Allow" },
      validationActions: ["Deny"],
    });
  });
});

describe("the rights for a policy", () => {
  it("are for its own objects, and for reading parameters", () => {
    const rights = admissionRights({ ...testProgram, admission });

    const unlimited = rights.filter(({ resourceNames }) => resourceNames === undefined);
    assert.deepEqual(unlimited, [{ apiGroups: ["test.example"], resources: ["limits"], verbs: ["get"] }]);
    assert.ok(rights.every(({ verbs }) => !verbs.includes("*") && !verbs.includes("update")));
  });

  it("are none for a provider that has no policy", () => {
    assert.deepEqual(admissionRights(testProgram), []);
  });
});

const PARAMETERS = "GET /apis/test.example/v1/limits/test";
const IN_FORCE: Reading<unknown> = {
  settings: {},
  revision: "1",
  operator: { namespace: "", secret: () => ({ state: "unknown" }), configMap: () => ({ state: "unknown" }) },
};

/** A keeper on a server that answers as the steps say, and what the operator was told. */
function play(steps: readonly Step[], deps: Partial<AdmissionDeps<unknown>> = {}) {
  const script = new Script(...steps);
  const clock = new ManualClock();
  const told: string[] = [];
  const keeper = new AdmissionKeeper<unknown>({
    definition: { ...testProgram, admission: { parameters, rules, parametersOf: () => ({ sizes: [1] }) } },
    isWanted: true,
    onboarding: new KubeClient({ transport: script.transport, clock, random: () => 0, userAgent: "test" }),
    settings: { read: () => IN_FORCE, isIgnored: false, isStarting: false },
    clock,
    random: () => 0,
    log: createLogger({ level: "silent", pretty: false }),
    wake: () => undefined,
    tellOperator: (message) => told.push(message),
    ...deps,
  });
  return { keeper, script, told, reconcile: () => keeper.reconcile(new AbortController().signal) };
}

function blocked(reason: "ProviderConfigNotFound" | "InvalidProviderConfig"): Reading<unknown> {
  return { blocker: { state: "failed", reason, message: "" } };
}

describe("a policy that cannot be written", () => {
  for (const [status, reason] of [
    [403, "Forbidden"],
    [404, "NotFound"],
  ] as const) {
    it(`is told of once, and tried again rarely (${reason})`, async () => {
      const refusal = { kind: "Status", code: status, reason, message: "not for you" };
      const absent = { expect: PARAMETERS, status: 404, json: { kind: "Status", code: 404, reason: "NotFound" } };
      const apply = { expect: PARAMETERS.replace("GET", "PATCH"), status, json: refusal };
      const { script, told, reconcile } = play([absent, apply, absent, apply]);

      assert.deepEqual(await reconcile(), { afterMs: 600_000 });
      assert.deepEqual(await reconcile(), { afterMs: 600_000 });

      assert.equal(told.length, 1);
      assert.match(told[0] ?? "", /not for you/u);
      script.assertFinished();
    });
  }
});

describe("an offer that the API server does not take", () => {
  for (const [status, reason] of [
    [413, "RequestEntityTooLarge"],
    [422, "Invalid"],
  ] as const) {
    it(`makes the one before go, which would refuse what is on offer now (${reason})`, async () => {
      const metadata = { name: "test", uid: "1", labels: { "openmcp.cloud/managed-by": "test.example" } };
      const before = { apiVersion: "test.example/v1", kind: "Limit", metadata, spec: { sizes: [] } };
      const absent = { status: 404, json: { kind: "Status", code: 404, reason: "NotFound" } };
      const others = ["validatingadmissionpolicybindings", "validatingadmissionpolicies"].map((plural) => ({
        expect: `GET /apis/admissionregistration.k8s.io/v1/${plural}/tests.test.example`,
        ...absent,
      }));
      const { script, told, reconcile } = play([
        { expect: PARAMETERS, json: before },
        {
          expect: PARAMETERS.replace("GET", "PATCH"),
          status,
          json: { kind: "Status", code: status, reason, message: "no" },
        },
        { expect: PARAMETERS, json: before },
        ...others,
        { expect: PARAMETERS.replace("GET", "DELETE"), json: { kind: "Status", status: "Success" } },
      ]);

      assert.deepEqual(await reconcile(), { afterMs: 600_000 });

      assert.equal(told.length, 1);
      script.assertFinished();
    });
  }
});

describe("what lies on the onboarding cluster", () => {
  const cases: readonly (readonly [string, Partial<AdmissionDeps<unknown>>["settings"]])[] = [
    ["the settings are still being read", { read: () => IN_FORCE, isIgnored: false, isStarting: true }],
    ["the ProviderConfig is ignored", { read: () => IN_FORCE, isIgnored: true, isStarting: false }],
    [
      "the ProviderConfig is not valid",
      { read: () => blocked("InvalidProviderConfig"), isIgnored: false, isStarting: false },
    ],
  ];
  for (const [why, settings] of cases) {
    it(`stays as it is while ${why}`, async () => {
      const { reconcile } = play([], settings && { settings });

      assert.equal(await reconcile(), "never");
    });
  }

  it("is looked for once where nothing is to be refused", async () => {
    const settings = { read: () => blocked("ProviderConfigNotFound"), isIgnored: false, isStarting: false };
    const { script, reconcile } = play([{ expect: PARAMETERS, status: 404 }], { settings });

    await reconcile();
    await reconcile();

    script.assertFinished();
  });
});
