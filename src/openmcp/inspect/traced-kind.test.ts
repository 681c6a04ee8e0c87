import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { UsageError } from "../command/usage-error.ts";
import { movedProgram } from "../command/testing/program.ts";
import { kindsCalled, readSubject, readTenantName, traceableKinds } from "./traced-kind.ts";

const platformNamespace = "mcp--7a05880e-ce1a-8259-84cb-c455230c1500";

describe("readSubject", () => {
  for (const [word, subject] of [
    [platformNamespace, { platformNamespace }],
    [`namespace/${platformNamespace}`, { platformNamespace }],
    [`ns/${platformNamespace}`, { platformNamespace }],
    ["helmrelease/a", { kind: "helmrelease", name: "a" }],
    ["namespace/a", { kind: "namespace", name: "a" }],
  ] as const) {
    it(`understands ${word}`, () => {
      assert.deepEqual(readSubject(word), subject);
    });
  }

  for (const word of ["", "a", "/", "a/", "/a", "a/b/c", "mcp--1"]) {
    it(`refuses "${word}"`, () => {
      assert.throws(() => readSubject(word), UsageError);
    });
  }
});

describe("readTenantName", () => {
  it("understands namespace/name, and nothing", () => {
    assert.deepEqual(readTenantName("ws/mcp-01"), { namespace: "ws", name: "mcp-01" });
    assert.equal(readTenantName(undefined), undefined);
  });

  for (const text of ["", "mcp-01", "ws/", "/mcp-01", "ws/mcp-01/more"]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => readTenantName(text), UsageError);
    });
  }
});

describe("kindsCalled", () => {
  const { onboarding, platform } = traceableKinds(movedProgram);
  const called = (word: string): readonly string[] =>
    kindsCalled(word, [...onboarding, ...platform]).map(({ plural, group }) => `${plural}.${group}`);

  it("knows a kind by each of its names, in any case", () => {
    const secrets = ["secret", "Secret", "secrets", "SECRETS"].flatMap(called);

    assert.deepEqual(new Set(secrets), new Set(["secrets."]));
    assert.deepEqual(called("accessrequest.clusters.openmcp.cloud"), ["accessrequests.clusters.openmcp.cloud"]);
  });

  it("finds a kind in each of its API groups, the present one first, unless the word names one", () => {
    assert.deepEqual(called("test"), ["tests.test.example", "tests.old.example"]);
    assert.deepEqual(called("tests.old.example"), ["tests.old.example"]);
  });

  it("does not know any other word", () => {
    assert.deepEqual(called("pod"), []);
  });
});
