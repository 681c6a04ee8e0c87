import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { TenantRow } from "../../inspect/tenant-row.ts";
import { EVERYTHING, type Selection, stateOf, Tenants } from "./tenants.ts";

function row(name: string, fields: Partial<TenantRow> = {}): TenantRow {
  return {
    group: "test.example",
    namespace: "project-a",
    name,
    phase: "Ready",
    reason: "ReconcileSuccess",
    message: "version 1.0.0 is installed",
    wanted: "1.0.0",
    installed: "1.0.0",
    createdAt: "2026-01-01T00:00:00Z",
    since: "2026-01-01T00:00:00Z",
    isFailing: false,
    leads: true,
    isHeld: true,
    platformNamespace: `mcp--${name}`,
    ...fields,
  };
}

const failing = { phase: "Progressing", reason: "InstallFailed", message: "Helm refuses", isFailing: true } as const;
const waiting = { phase: "Progressing", reason: "ReleaseProgressing", message: "waiting" } as const;

function tenantsOf(...rows: readonly TenantRow[]): Tenants {
  const tenants = new Tenants();
  tenants.take({ type: "rows", startsAnew: true, rows, gone: [], more: 0 });
  return tenants;
}

function names(tenants: Tenants, selection: Partial<Selection> = {}): readonly string[] {
  return tenants.view({ ...EVERYTHING, ...selection }).tenants.map((tenant) => tenant.row.name);
}

describe("stateOf", () => {
  it("puts a failure before whatever else is true", () => {
    assert.equal(stateOf({ isFailing: true, phase: "Terminating" }), "failing");
    assert.equal(stateOf({ isFailing: false, phase: "Terminating" }), "deleting");
    assert.equal(stateOf({ isFailing: false, phase: "Progressing" }), "progressing");
    assert.equal(stateOf({ isFailing: false, phase: "Ready" }), "ready");
  });
});

describe("Tenants", () => {
  it("shows those first that need somebody", () => {
    const tenants = tenantsOf(
      row("d"),
      row("c", waiting),
      row("b", { phase: "Terminating" }),
      row("a2", failing),
      row("a1", failing),
    );

    assert.deepEqual(names(tenants), ["a1", "a2", "b", "c", "d"]);
  });

  it("orders by name, age and last change", () => {
    const tenants = tenantsOf(
      row("b", { createdAt: "2026-01-03T00:00:00Z", since: "2026-01-03T00:00:00Z" }),
      row("a", { createdAt: "2026-01-02T00:00:00Z", since: "2026-01-09T00:00:00Z" }),
      row("c", failing),
    );

    assert.deepEqual(names(tenants, { sort: "name" }), ["a", "b", "c"]);
    assert.deepEqual(names(tenants, { sort: "newest" }), ["b", "a", "c"]);
    assert.deepEqual(names(tenants, { sort: "changed" }), ["a", "b", "c"]);
  });

  it("takes changes and deletions in", () => {
    const tenants = tenantsOf(row("a"), row("b"));
    tenants.take({ type: "rows", startsAnew: false, rows: [row("b", failing)], gone: ["project-a/a"], more: 0 });

    assert.deepEqual(names(tenants, { chosen: { ...EVERYTHING.chosen, state: ["failing"] } }), ["b"]);
    assert.equal(tenants.size, 1);
  });

  it("forgets everything when the server begins anew", () => {
    const tenants = tenantsOf(row("a"));
    tenants.take({ type: "rows", startsAnew: true, rows: [row("b")], gone: [], more: 0 });

    assert.deepEqual(names(tenants), ["b"]);
  });

  it("finds every word anywhere: names, namespaces of the platform, reasons, messages, versions", () => {
    const tenants = tenantsOf(row("one"), row("two", failing), row("three", { wanted: "2.0.0" }));

    assert.deepEqual(names(tenants, { text: "TWO" }), ["two"]);
    assert.deepEqual(names(tenants, { text: "mcp--three" }), ["three"]);
    assert.deepEqual(names(tenants, { text: "refuses installfailed" }), ["two"]);
    assert.deepEqual(names(tenants, { text: "2.0.0" }), ["three"]);
    assert.deepEqual(names(tenants, { text: "project-a/one" }), ["one"]);
    assert.deepEqual(names(tenants, { text: "one two" }), []);
  });

  it("counts a facet among what the other filters leave", () => {
    const tenants = tenantsOf(row("a"), row("b", { installed: "0.9.0" }), row("c", failing), row("d", waiting));
    const chosen = { ...EVERYTHING.chosen, state: ["failing"], version: ["1.0.0"] };
    const { counts, total } = tenants.view({ ...EVERYTHING, chosen });

    assert.deepEqual(counts, {
      state: [
        { value: "failing", count: 1 },
        { value: "progressing", count: 1 },
        { value: "ready", count: 1 },
      ],
      reason: [{ value: "InstallFailed", count: 1 }],
      version: [{ value: "1.0.0", count: 1 }],
    });
    assert.deepEqual(
      total.map(({ count }) => count),
      [1, 1, 2],
    );
  });

  it("keeps a chosen value on show when no tenant has it any more", () => {
    const { counts, tenants } = tenantsOf(row("a")).view({
      ...EVERYTHING,
      chosen: { ...EVERYTHING.chosen, reason: ["InstallFailed"] },
    });

    assert.deepEqual(counts.reason, [{ value: "InstallFailed", count: 0 }]);
    assert.deepEqual(tenants, []);
  });
});
