import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeNode, nodeParts } from "./node-parts.ts";

describe("nodeParts", () => {
  it("knows every part of the Node that ships", () => {
    const names = nodeParts(process.versions).map(({ name }) => name);

    assert.ok(names.includes("openssl") && names.includes("v8") && names.includes("libuv"));
    assert.equal(new Set(names).size, names.length);
  });

  it("names a part as databases of vulnerabilities do", () => {
    const [openssl] = nodeParts({ node: "26.10.0", napi: "10", openssl: "3.5.8" });

    assert.deepEqual(openssl, {
      type: "library",
      name: "openssl",
      version: "3.5.8",
      "bom-ref": "node-part:openssl@3.5.8",
      purl: "pkg:github/openssl/openssl@3.5.8",
      cpe: "cpe:2.3:a:openssl:openssl:3.5.8:*:*:*:*:*:*:*",
      licenses: [{ license: { id: "Apache-2.0" } }],
    });
  });

  it("leaves Node's own suffix out of a CPE", () => {
    assert.match(nodeParts({ v8: "14.6.202.34-node.34" })[0]?.cpe ?? "", /:v8:14\.6\.202\.34:/);
  });

  it("leaves out what Node was built without", () => {
    assert.deepEqual(nodeParts({ ngtcp2: "" }), []);
  });

  it("refuses a part that nobody has described", () => {
    assert.throws(() => nodeParts({ quantum: "1.0.0" }), /found none for "quantum" 1\.0\.0: add the part to/);
  });
});

describe("describeNode", () => {
  it("is a platform with Node's CPE", () => {
    const { type, cpe } = describeNode("26.10.0");

    assert.deepEqual([type, cpe], ["platform", "cpe:2.3:a:nodejs:node.js:26.10.0:*:*:*:*:*:*:*"]);
  });
});
