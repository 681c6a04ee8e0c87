import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { TenantRow } from "./tenant-row.ts";
import { ageOf, ageText, type Layout, RowTable, summaryLine, traceLines, treeLines, versionText } from "./text.ts";
import type { TracedObject } from "./traced-object.ts";
import type { TreeNode } from "./tree.ts";

const nowMs = Date.parse("2026-01-02T00:00:00Z");
const plain = { isWide: false, nowMs: () => nowMs, hasColors: false };

function lines(rows: readonly TenantRow[], layout: Partial<Layout> = {}): readonly string[] {
  const table = new RowTable(rows, { ...plain, ...layout });
  return [table.titles(), ...rows.map((row) => table.line(row))];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const row: TenantRow = {
  group: "new.example",
  namespace: "ws",
  name: "mcp",
  phase: "Ready",
  reason: "ReconcileSuccess",
  message: "version 1.0.0 is installed",
  wanted: "1.0.0",
  installed: "1.0.0",
  createdAt: "2026-01-01T00:00:00Z",
  since: "2026-01-01T23:57:00Z",
  isFailing: false,
  leads: true,
  isHeld: true,
  platformNamespace: "mcp--1",
};

describe("ageText", () => {
  for (const [ms, text] of [
    [-5, "0s"],
    [119 * SECOND, "119s"],
    [2 * MINUTE, "2m"],
    [2 * MINUTE + 5 * SECOND, "2m5s"],
    [119 * MINUTE, "119m"],
    [3 * HOUR + 12 * MINUTE, "3h12m"],
    [9 * HOUR + 12 * MINUTE, "9h"],
    [47 * HOUR, "47h"],
    [2 * DAY + 3 * HOUR, "2d3h"],
    [400 * DAY, "400d"],
  ] as const) {
    it(`writes ${ms} ms as ${text}`, () => {
      assert.equal(ageText(ms), text);
    });
  }

  it("is empty where there is no time", () => {
    assert.deepEqual([ageOf(undefined, nowMs), ageOf("never", nowMs)], ["", ""]);
  });
});

describe("summaryLine", () => {
  it("has everything in one line", () => {
    const line = summaryLine({
      total: 3,
      failing: 1,
      byPhase: [
        { value: "Ready", count: 2 },
        { value: "Progressing", count: 1 },
      ],
      byReason: [{ value: "AccessDenied", count: 1 }],
      byVersion: [{ value: "1.0.0", count: 3 }],
    });

    assert.equal(line, "3 tenants, 1 failing; Ready 2, Progressing 1; not Ready: AccessDenied 1; installed: 1.0.0 3");
  });

  it("sums up the rarest values, and leaves out what there is none of", () => {
    const byVersion = Array.from({ length: 11 }, (_, index) => ({ value: `v${index}`, count: 1 }));

    const line = summaryLine({ total: 1, failing: 0, byPhase: [], byReason: [], byVersion });

    assert.equal(line, "1 tenant, 0 failing; installed: v0 1, v1 1, v2 1, v3 1, v4 1, v5 1, v6 1, v7 1, others 3");
  });
});

describe("versionText", () => {
  it("names what is asked for only where something else is installed", () => {
    assert.deepEqual(
      [{ wanted: "2", installed: "1" }, { wanted: "1", installed: "1" }, { wanted: "1" }, { installed: "1" }, {}].map(
        versionText,
      ),
      ["1 -> 2", "1", "none -> 1", "1", ""],
    );
  });
});

/** Clears the screen, colors what follows, begins a line, and turns the direction of reading. */
const HOSTILE = "2\u001B[2J\u009B31m\r\nx\u202Ey";

describe("RowTable", () => {
  it("aligns columns", () => {
    const other = { ...row, name: "long-name", phase: "Progressing" as const, reason: "Error" };

    assert.deepEqual(lines([row, other]), [
      "NAMESPACE  NAME       PHASE        REASON            VERSION  SINCE  MESSAGE",
      "ws         mcp        Ready        ReconcileSuccess  1.0.0    3m     version 1.0.0 is installed",
      "ws         long-name  Progressing  Error             1.0.0    3m     version 1.0.0 is installed",
    ]);
  });

  it("says more in the wide form", () => {
    const [, line = ""] = lines([{ ...row, followers: ["old.example"] }], { isWide: true });

    assert.match(line, / 3m {5}24h {2}mcp--1 {14}new\.example,old\.example {2}version 1\.0\.0 is installed$/);
  });

  it("cuts lines to the width of the terminal", () => {
    assert.ok(lines([row], { columns: 40 }).every((line) => line.length <= 40));
  });

  it("has one line a tenant, and nothing that a terminal obeys, whatever a tenant writes", () => {
    const line = lines([{ ...row, wanted: HOSTILE, message: HOSTILE }])[1] ?? "";

    assert.doesNotMatch(line, /\p{Cc}|\u202E/u);
    assert.match(line, /1\.0\.0 -> 2 \[2J 31m x y {2}3m/);
  });

  it("does not make every line as long as the longest version that a tenant asks for", () => {
    const all = lines([{ ...row, wanted: "9".repeat(10_000) }, row]);

    assert.ok(all.every((line) => line.length < 300));
  });

  it("has colors only for tenants that are not Ready, where colors are wanted", () => {
    const rows = [row, { ...row, isFailing: true }, { ...row, phase: "Terminating" as const }];
    const colors = (hasColors: boolean): readonly string[] =>
      lines(rows, { hasColors })
        .slice(1)
        .map((line) => line.slice(0, 2).replace("\u001B", "E"));

    assert.deepEqual(colors(false), ["ws", "ws", "ws"]);
    assert.deepEqual(colors(true), ["ws", "E[", "E["]);
  });
});

function leaf(name: string): TreeNode {
  return { cluster: "mcp", kind: "Deployment", name, state: "waiting", message: "", events: [], children: [] };
}

describe("treeLines", () => {
  it("draws objects with what they say", () => {
    const event = { type: "Warning", reason: "Failed", message: "no", at: "2026-01-01T23:50:00Z", count: 3 };
    const release: TreeNode = {
      cluster: "platform",
      kind: "HelmRelease",
      namespace: "mcp--1",
      name: "toolkit",
      state: "failed",
      message: "cannot install:\nthe values\n",
      version: "1.0.0",
      since: "2026-01-01T23:57:00Z",
      createdAt: "2026-01-01T00:00:00Z",
      details: { suspended: "yes" },
      events: [event],
      children: [leaf("a"), leaf("b")],
    };

    assert.deepEqual(
      [...treeLines({ ...leaf("top"), children: [release, leaf("c")] }, plain)],
      [
        "Deployment top (control plane): waiting\n",
        "├─ HelmRelease mcp--1/toolkit (platform cluster): failed, 1.0.0, for 3m, age 24h\n",
        "│  │   cannot install:\n",
        "│  │   the values\n",
        "│  │   suspended: yes\n",
        "│  │   Warning Event 10m ago (3 times): Failed: no\n",
        "│  ├─ Deployment a (control plane): waiting\n",
        "│  └─ Deployment b (control plane): waiting\n",
        "└─ Deployment c (control plane): waiting\n",
      ],
    );
  });

  it("has nothing that a terminal obeys, whatever a tenant's cluster says", () => {
    const event = { type: HOSTILE, reason: HOSTILE, message: HOSTILE, count: 1 };
    const node: TreeNode = {
      ...leaf(HOSTILE),
      version: HOSTILE,
      message: HOSTILE,
      details: { image: HOSTILE },
      events: [event],
    };

    const text = [...treeLines(node, plain)].map((line) => line.replace(/\n$/, ""));

    assert.ok(text.every((line) => !/\p{Cc}|\u202E/u.test(line)));
  });
});

describe("traceLines", () => {
  it("has nothing that a terminal obeys, whoever has made the object", () => {
    const object: TracedObject = {
      cluster: "mcp",
      apiVersion: "v1",
      kind: "Pod",
      name: "p",
      madeBy: HOSTILE,
      writers: [HOSTILE],
      finalizers: [],
      owners: [],
    };

    const text = [...traceLines({ object, tenant: { ...row, wanted: HOSTILE }, path: [] }, plain)];

    assert.ok(text.every((line) => !/\p{Cc}|\u202E/u.test(line.replace(/\n$/, ""))));
  });
});
