import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readPage } from "./read-page.ts";

describe("readPage", () => {
  for (const url of ["localhost:8081", "nowhere", "file:///etc/passwd", ""]) {
    it(`says what is expected instead of "${url}"`, async () => {
      await assert.rejects(readPage(url, AbortSignal.timeout(1000)), new RegExp(`expected .*http://.*found "${url}"`));
    });
  }
});
