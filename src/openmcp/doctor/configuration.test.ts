import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Condition } from "../../kube/object.ts";
import type { ServiceObject } from "../service/status.ts";
import { judgeConfig } from "./configuration.ts";

function configWith(accepted: Partial<Condition>, tenants?: Readonly<Record<string, number>>): ServiceObject {
  const condition = { type: "Accepted", status: "True", reason: "Valid", message: "", lastTransitionTime: "" } as const;
  const conditions = [{ ...condition, ...accepted }];
  const status = { observedGeneration: 2, phase: "Ready" as const, conditions, ...(tenants && { tenants }) };
  return { apiVersion: "test.example/v1", kind: "ProviderConfig", metadata: { name: "test", generation: 2 }, status };
}

function levelsOf(config: ServiceObject): readonly string[] {
  return judgeConfig(config, "sp-test").map(({ level }) => level);
}

describe("judgeConfig", () => {
  it("warns of one that nobody has looked at", () => {
    const config = configWith({});

    assert.deepEqual(levelsOf({ ...config, metadata: { name: "test", generation: 3 } }), ["warning"]);
    assert.deepEqual(levelsOf({ apiVersion: "v1", kind: "ProviderConfig", metadata: { name: "test" } }), ["warning"]);
  });

  it("says why one is not in force", () => {
    const [finding] = judgeConfig(
      configWith({ status: "False", reason: "InvalidProviderConfig", message: "spec.x" }),
      "sp-test",
    );

    assert.equal(finding?.level, "failed");
    assert.match(finding.found, /InvalidProviderConfig: spec\.x$/u);
  });

  it("says how the tenants are", () => {
    assert.deepEqual(levelsOf(configWith({})), ["ok"]);
    assert.deepEqual(levelsOf(configWith({}, { total: 3, ready: 3, failing: 0 })), ["ok", "ok"]);
    assert.deepEqual(levelsOf(configWith({}, { total: 3, ready: 1, failing: 2 })), ["ok", "warning"]);
    const [, failing] = judgeConfig(configWith({}, { total: 3, ready: 1, failing: 2 }), "sp-test");
    assert.equal(failing?.advice, "sp-test status --failing");
  });
});
