import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatTable } from "./table.ts";

describe("formatTable", () => {
  it("aligns the columns that matter and puts the namespace first", () => {
    const columnDefinitions = [
      { name: "Name", priority: 0 },
      { name: "Message", priority: 1 },
      { name: "Phase", priority: 0 },
    ];
    const rows = [
      { cells: ["mcp-01", "long story", "Ready"], object: { metadata: { namespace: "project-a" } } },
      { cells: ["b", "", null], object: { metadata: { namespace: "p" } } },
    ];

    assert.equal(
      formatTable({ columnDefinitions, rows }),
      ["NAMESPACE   NAME     PHASE", "project-a   mcp-01   Ready", "p           b        <none>"].join("\n"),
    );
  });

  it("leaves the namespace out where there is none", () => {
    const rows = [{ cells: ["ocm"], object: { metadata: {} } }];

    assert.equal(formatTable({ columnDefinitions: [{ name: "Name", priority: 0 }], rows }), "NAME\nocm");
  });
});
