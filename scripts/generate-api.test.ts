import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { API_FILE, generateApi } from "./generate-api.ts";

describe("generated API", () => {
  it("is what the CRDs say now", async () => {
    const committed = readFileSync(API_FILE, "utf8");
    assert.equal(committed, await generateApi(), 'api.generated.ts is out of date: run "npm run generate"');
  });
});
