import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { isNewerThan } from "./program.ts";

describe("isNewerThan", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "program-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function write(name: string, seconds: number): string {
    const path = join(folder, name);
    writeFileSync(path, name);
    utimesSync(path, seconds, seconds);
    return path;
  }

  it("finds the recipe that was changed after the image was built", () => {
    const [lock, pins, index] = [write("lock", 100), write("pins", 300), write("index", 200)];

    assert.equal(isNewerThan([lock], index), false);
    assert.equal(isNewerThan([lock, pins], index), true);
  });

  it("finds every recipe newer than an image that was never built", () => {
    assert.equal(isNewerThan([write("lock", 100)], join(folder, "absent")), true);
  });
});
