import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { generateApi } from "./generate-api.ts";

describe("generated API", () => {
  it("is what the CRDs say now", async () => {
    for (const [name, content] of await generateApi()) {
      const committed = readFileSync(join(import.meta.dirname, "../src/ocm/api", name), "utf8");
      assert.equal(committed, content, `${name} is out of date: run "npm run generate"`);
    }
  });
});
