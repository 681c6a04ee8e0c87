import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testProgram, movedProgram } from "../program/testing/program.ts";
import { admissionParts, admissionRights } from "./admission.ts";

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
