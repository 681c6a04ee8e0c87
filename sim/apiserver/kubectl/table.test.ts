import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Obj } from "../../object.ts";
import type { ServedResource } from "../api/served-resource.ts";
import { thing } from "../testing/thing.ts";
import { humanAge } from "./column.ts";
import { findByPath, toTable } from "./table.ts";

const now = Date.parse("2026-01-01T00:05:00Z");
const metadata = { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" };

function shown(object: Obj, resource: ServedResource): { readonly names: string[]; readonly cells: unknown } {
  const table = toTable({ objects: [object], resource, now }) as {
    columnDefinitions: { name: string }[];
    rows: { cells: unknown }[];
  };
  return { names: table.columnDefinitions.map(({ name }) => name), cells: table.rows[0]?.cells };
}

describe("a table", () => {
  it("shows a CRD's columns, typed", () => {
    const object = {
      apiVersion: "example.org/v1",
      kind: "Thing",
      metadata,
      spec: { version: "v1", size: 3, any: { x: 1 } },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    };
    const printerColumns = [
      { name: "Version", type: "string", jsonPath: ".spec.version" },
      { name: "Size", type: "integer", jsonPath: ".spec.size" },
      { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: "Missing", type: "string", jsonPath: ".status.missing" },
      { name: "Any", type: "string", jsonPath: ".spec.any" },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ];

    const { names, cells } = shown(object, thing({ schema: {}, printerColumns }));

    assert.deepEqual(names, ["Name", "Version", "Size", "Ready", "Missing", "Any", "Age"]);
    assert.deepEqual(cells, ["a", "v1", 3, "True", null, '{"x":1}', "5m"]);
  });

  it("shows the age of custom resources without columns", () => {
    const object = { apiVersion: "example.org/v1", kind: "Thing", metadata };

    assert.deepEqual(shown(object, thing({ schema: {} })), { names: ["Name", "Age"], cells: ["a", "5m"] });
  });

  it("shows built-ins as the API server does", () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: { a: "" } };

    assert.deepEqual(shown(secret, thing({ group: "", kind: "Secret" })), {
      names: ["Name", "Type", "Data", "Age"],
      cells: ["a", "Opaque", 1, "5m"],
    });
  });

  it("shows when others were created", () => {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata };

    assert.deepEqual(shown(role, thing({ group: "rbac.authorization.k8s.io", kind: "Role" })), {
      names: ["Name", "Created At"],
      cells: ["a", metadata.creationTimestamp],
    });
  });
});

describe("ages", () => {
  const ages: readonly (readonly [seconds: number, text: string])[] = [
    [-5, "<invalid>"],
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [200, "3m20s"],
    [3600, "60m"],
    [3 * 3600 + 60, "3h1m"],
    [47 * 3600, "47h"],
    [50 * 3600, "2d2h"],
    [30 * 86_400, "30d"],
    [3 * 365 * 86_400, "3y"],
  ];
  for (const [seconds, text] of ages) {
    it(`shows ${seconds} s as ${text}`, () => {
      assert.equal(humanAge(seconds * 1000), text);
    });
  }
});

describe("a JSON path", () => {
  const value = {
    a: { "b.c": [1, 2, 3] },
    list: [
      { t: "x", v: 1 },
      { t: "y", v: 2 },
    ],
  };
  const paths: readonly (readonly [path: string, found: readonly unknown[]])[] = [
    [".a['b.c'][0]", [1]],
    [".a.b\\.c[-1]", [3]],
    [".list[*].v", [1, 2]],
    ['.list[?(@.t=="y")].v', [2]],
    [".list[?(@.v==1)].t", ["x"]],
    [".nope.deeper", []],
    ["{range}", []],
  ];
  for (const [path, found] of paths) {
    it(`finds what ${path} leads to`, () => {
      assert.deepEqual(findByPath(value, path), found);
    });
  }
});
