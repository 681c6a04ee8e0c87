import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Condition } from "../../kube/object.ts";
import type { ServiceObject } from "../service/status.ts";
import { leadingRow, rowOf, type SortKey, sortRows, summarize, type TenantRow } from "./tenant-row.ts";

type Versioned = ServiceObject & { readonly spec: { readonly version: string } };

const rules = { versionsOf: ({ spec }: Versioned) => ({ wanted: spec.version, installed: "1.0.0" }) };

function condition(type: string, status: Condition["status"], said: Partial<Condition> = {}): Condition {
  return { type, status, reason: type, message: "", lastTransitionTime: "2026-01-02T00:00:00Z", ...said };
}

function tenant(conditions: readonly Condition[], metadata: Partial<ServiceObject["metadata"]> = {}): Versioned {
  return {
    apiVersion: "new.example/v1",
    kind: "Toolkit",
    metadata: { name: "mcp", namespace: "ws", creationTimestamp: "2026-01-01T00:00:00Z", ...metadata },
    spec: { version: "2.0.0" },
    status: { observedGeneration: 1, phase: "Progressing", conditions },
  };
}

function row(fields: Partial<TenantRow>): TenantRow {
  return { ...rowOf(tenant([]), rules), ...fields };
}

describe("rowOf", () => {
  it("says how a tenant is, since when, and which condition is to blame", () => {
    const ready = condition("Ready", "False", { reason: "ReconcileError", message: "denied" });
    const object = tenant([ready, condition("AccessReady", "False", { reason: "AccessDenied", message: "denied" })], {
      finalizers: ["new.example/finalizer"],
    });

    assert.deepEqual(rowOf(object, rules), {
      group: "new.example",
      namespace: "ws",
      name: "mcp",
      phase: "Progressing",
      reason: "AccessDenied",
      message: "denied",
      wanted: "2.0.0",
      installed: "1.0.0",
      createdAt: "2026-01-01T00:00:00Z",
      since: "2026-01-02T00:00:00Z",
      isFailing: true,
      leads: true,
      isHeld: true,
      platformNamespace: "mcp--101114a7-d6a5-8017-b317-37a4b9ef4b68",
    });
  });

  it("masks a secret in a message that somebody else has written", () => {
    const message = "cannot pull from https://user:hunter2@registry.example.com/chart";

    const masked = rowOf(tenant([condition("Ready", "False", { message })]), rules).message;

    assert.match(masked, /^cannot pull from /);
    assert.doesNotMatch(masked, /hunter2/);
  });

  it("says of an object without a status that nobody has looked at it yet", () => {
    const { status: _none, ...unseen } = tenant([]);

    const { phase, message, isFailing, since } = rowOf(unseen, {});

    assert.deepEqual(
      { phase, message, isFailing, since },
      {
        phase: "Progressing",
        message: "not looked at yet",
        isFailing: false,
        since: undefined,
      },
    );
  });

  it("says that an object is being deleted before its status does", () => {
    const deletedAt = "2026-01-03T00:00:00Z";

    const { phase, ...rest } = rowOf(tenant([], { deletionTimestamp: deletedAt }), rules);

    assert.deepEqual([phase, rest.deletedAt, rest.message], ["Terminating", deletedAt, "is being deleted"]);
  });
});

describe("leadingRow", () => {
  const present = row({ group: "new.example" });
  const earlier = row({ group: "old.example" });
  const deletedAt = "2026-01-03T00:00:00Z";

  it("takes the present group, and says which groups follow", () => {
    assert.deepEqual(leadingRow([present, earlier]), { ...present, followers: ["old.example"] });
  });

  it("takes the one that is not being deleted", () => {
    assert.equal(leadingRow([{ ...present, deletedAt }, earlier])?.group, "old.example");
  });

  it("takes the one that has the finalizer when all are being deleted", () => {
    const rows = [
      { ...present, deletedAt },
      { ...earlier, deletedAt, isHeld: true },
    ];

    assert.equal(leadingRow(rows)?.group, "old.example");
  });

  it("leaves a row alone as it is, and makes none of nothing", () => {
    assert.equal(leadingRow([earlier]), earlier);
    assert.equal(leadingRow([]), undefined);
  });
});

describe("summarize", () => {
  it("counts tenants, the most frequent value first", () => {
    const rows = [
      row({ phase: "Progressing", reason: "AccessPending", installed: "1.0.0" }),
      row({ phase: "Ready", reason: "ReconcileSuccess", installed: "1.0.0" }),
      row({ phase: "Ready", reason: "ReconcileSuccess", installed: "2.0.0" }),
      row({ phase: "Progressing", reason: "AccessDenied", isFailing: true, installed: "1.0.0" }),
      rowOf(tenant([]), {}),
    ];

    assert.deepEqual(summarize(rows), {
      total: 5,
      failing: 1,
      byPhase: [
        { value: "Progressing", count: 3 },
        { value: "Ready", count: 2 },
      ],
      byVersion: [
        { value: "1.0.0", count: 3 },
        { value: "2.0.0", count: 1 },
        { value: "none", count: 1 },
      ],
      byReason: [
        { value: "AccessDenied", count: 1 },
        { value: "AccessPending", count: 1 },
        { value: "Reconciling", count: 1 },
      ],
    });
  });
});

describe("sortRows", () => {
  const rows = [
    row({
      name: "b",
      phase: "Ready",
      since: "2026-01-09T00:00:00Z",
      createdAt: "2026-01-01T00:00:00Z",
      installed: "1",
    }),
    row({
      name: "a",
      phase: "Ready",
      since: "2026-01-08T00:00:00Z",
      createdAt: "2026-01-05T00:00:00Z",
      installed: "2",
    }),
    row({
      name: "d",
      isFailing: true,
      since: "2026-01-03T00:00:00Z",
      createdAt: "2026-01-02T00:00:00Z",
      installed: "1",
    }),
    row({
      name: "c",
      isFailing: true,
      since: "2026-01-04T00:00:00Z",
      createdAt: "2026-01-03T00:00:00Z",
      installed: "1",
    }),
    row({
      name: "e",
      phase: "Terminating",
      since: "2026-01-01T00:00:00Z",
      createdAt: "2026-01-04T00:00:00Z",
      installed: "2",
    }),
  ];
  const expected: Readonly<Record<SortKey, string>> = {
    state: "cdeab",
    name: "abcde",
    version: "bcdae",
    age: "aecdb",
    since: "bacde",
  };

  for (const [key, names] of Object.entries(expected)) {
    it(`sorts by ${key}`, () => {
      assert.equal(
        sortRows(rows, key as SortKey)
          .map(({ name }) => name)
          .join(""),
        names,
      );
    });
  }
});
