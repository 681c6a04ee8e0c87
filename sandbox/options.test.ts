import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseOptions, usage } from "./options.ts";

describe("parseOptions", () => {
  it("runs embedded, until Ctrl-C and without traces when nothing is said", () => {
    assert.deepEqual(parseOptions([]), { real: false, once: false, keep: false });
  });

  it("reads every flag that the usage names", () => {
    const named = Array.from(usage.matchAll(/^ +(--\w+)/gm), ([, flag = ""]) => flag);

    assert.deepEqual(named, ["--real", "--once", "--keep", "--help"]);
    assert.deepEqual(parseOptions(["--real", "--once", "--keep"]), { real: true, once: true, keep: true });
    assert.equal(parseOptions(["--help"]), "help");
  });

  it("refuses what it does not know", () => {
    assert.throws(() => parseOptions(["--reel"]), /--reel/);
    assert.throws(() => parseOptions(["real"]), /real/);
  });
});
