import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readOptions } from "./options.ts";

describe("readOptions", () => {
  it("asks for a table about 200 tenants by default", () => {
    assert.deepEqual(readOptions([]), { json: false, tenants: 200 });
  });

  it("takes another number of tenants, and JSON", () => {
    assert.deepEqual(readOptions(["--json", "--tenants=5"]), { json: true, tenants: 5 });
  });

  for (const tenants of ["0", "-1", "1.5", "many", ""]) {
    it(`refuses "${tenants}" as a number of tenants`, () => {
      assert.throws(() => readOptions([`--tenants=${tenants}`]), /expected --tenants to be a positive whole number/);
    });
  }
});
