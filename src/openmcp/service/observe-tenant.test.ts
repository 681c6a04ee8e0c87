import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { firstReadyAfterMs } from "./observe-tenant.ts";
import type { ServiceObject } from "./status.ts";

/** Conditions as `<type> <status> <second of the last transition>`. */
function tenant(...conditions: readonly string[]): ServiceObject {
  return {
    apiVersion: "test.example/v1",
    kind: "Test",
    metadata: { name: "mcp", namespace: "ws", creationTimestamp: "2026-01-01T00:00:00Z" },
    status: {
      observedGeneration: 1,
      phase: "Progressing",
      conditions: conditions.map((condition) => {
        const [type = "", status = "", second = ""] = condition.split(" ");
        const lastTransitionTime = `2026-01-01T00:00:${second.padStart(2, "0")}Z`;
        return { type, status: status as "True" | "False", reason: "Any", message: "", lastTransitionTime };
      }),
    },
  };
}

const now = Date.parse("2026-01-01T00:00:42Z");
const ready = tenant("Ready True 42", "Access True 20", "Done True 42");

const cases = [
  { name: "no pass has seen before", before: tenant(), afterMs: 42_000 },
  {
    name: "has been on its way since its first pass",
    before: tenant("Ready False 5", "Access True 20", "Done False 5"),
    afterMs: 42_000,
  },
  { name: "has failed since its first pass", before: tenant("Ready False 5"), afterMs: 42_000 },
  { name: "was ready already", before: tenant("Ready True 30", "Access True 20", "Done True 30"), afterMs: undefined },
  {
    name: "was ready until a change was applied",
    before: tenant("Ready False 40", "Access True 20", "Done True 30"),
    afterMs: undefined,
  },
  {
    name: "was ready until a part of it failed",
    before: tenant("Ready False 35", "Access True 20", "Done False 35"),
    afterMs: undefined,
  },
  { name: "has a status that somebody else has written", before: tenant("Done True 30"), afterMs: undefined },
] as const;

describe("firstReadyAfterMs", () => {
  for (const { name, before, afterMs } of cases) {
    it(`is ${afterMs === undefined ? "unknown" : "the age"} of an object that ${name}`, () => {
      assert.equal(firstReadyAfterMs(before, ready, now), afterMs);
    });
  }

  it("is unknown while an object is not ready", () => {
    assert.equal(firstReadyAfterMs(tenant(), tenant("Ready False 42"), now), undefined);
  });

  it("is no negative time when the clock of the API server is ahead", () => {
    assert.equal(firstReadyAfterMs(tenant(), ready, Date.parse("2025-12-31T23:59:58Z")), 0);
  });
});
