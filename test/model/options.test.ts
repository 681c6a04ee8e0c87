import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseOptions, usage } from "./options.ts";

describe("options of npm run model", () => {
  it("explore every world with as many faults as it bears, unless they say otherwise", () => {
    const options = parseOptions([]);

    assert.ok(options !== "help");
    assert.equal(options.faults, undefined);
    assert.ok(options.variants.length > 5);
  });

  it("name a world, and how much may go wrong in it", () => {
    assert.deepEqual(parseOptions(["--world", "plain", "--faults", "0", "--states", "7"]), {
      variants: ["plain"],
      faults: 0,
      states: 7,
      findings: 1,
    });
  });

  it("are refused with what was expected", () => {
    assert.throws(() => parseOptions(["--world", "flat"]), /expected --world to be one of plain, .* found "flat"/u);
    assert.throws(() => parseOptions(["--faults", "-1"]), /expected --faults|ambiguous/u);
    assert.equal(parseOptions(["--help"]), "help");
    assert.match(usage, /--faults N/u);
  });
});
