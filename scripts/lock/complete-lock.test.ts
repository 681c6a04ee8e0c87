import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { completeLock, type Lock, missingFrom } from "./complete-lock.ts";

describe("completeLock", () => {
  it("locks the optional packages of other platforms in the versions that are named", () => {
    const tool = { version: "1.0.0", optionalDependencies: { "@tool/binding-linux-x64-musl": "1.0.1" } };

    const completed = completeLock({ packages: { "": {}, "node_modules/tool": tool } });

    assert.deepEqual(missingFrom(completed), []);
    assert.deepEqual(completed.packages["node_modules/@tool/binding-linux-x64-musl"], {
      version: "1.0.1",
      os: ["linux"],
      cpu: ["x64"],
      libc: ["musl"],
      dev: true,
      optional: true,
    });
  });

  it("refuses a package whose name tells no platform", () => {
    const tool = { version: "1.0.0", optionalDependencies: { extra: "2.0.0" } };

    assert.throws(() => completeLock({ packages: { "node_modules/tool": tool } }), /found extra$/);
  });
});

describe("package-lock.json", () => {
  it("locks everything that it names, so that npm ci accepts it (else: node scripts/complete-lock.ts)", () => {
    assert.deepEqual(missingFrom(JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock), []);
  });
});
