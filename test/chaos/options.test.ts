import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { HAND_OVER_LIVES } from "./lives.ts";
import { parseOptions } from "./options.ts";

describe("the command line of chaos", () => {
  it("plays twenty thousand schedules when nothing is said, and one when a seed is given", () => {
    assert.partialDeepStrictEqual(parseOptions([]), { from: 1, count: 20_000, minutes: Infinity, isReal: false });
    assert.partialDeepStrictEqual(parseOptions(["--seed", "7"]), { from: 7, count: 1 });
    assert.partialDeepStrictEqual(parseOptions(["--seed", "7", "--count", "9", "--real"]), {
      from: 7,
      count: 9,
      isReal: true,
    });
  });

  it("plays the lives that are named, or all in which two objects ask for one installation", () => {
    assert.partialDeepStrictEqual(parseOptions(["--lives", "whole,migrate"]), { lives: ["whole", "migrate"] });
    assert.partialDeepStrictEqual(parseOptions(["--lives", "handOver"]), { lives: HAND_OVER_LIVES });
  });

  it("helps whoever asks", () => {
    assert.equal(parseOptions(["--help"]), "help");
    assert.equal(parseOptions(["-h", "--count", "many"]), "help");
  });

  for (const [argv, expected] of [
    [["--count", "many"], /expected --count to be a whole number from 1 on, found "many"/u],
    [["--seed", "0"], /expected --seed to be a whole number/u],
    [["--minutes", "1.5"], /expected --minutes to be a whole number/u],
    [["--fast"], /Unknown option '--fast'/u],
    [["--lives", "whole,hole"], /expected --lives to name lives, of whole, .*, found "hole"/u],
    [["7"], /Unexpected argument '7'/u],
  ] as const) {
    it(`refuses ${argv.join(" ")}`, () => {
      assert.throws(() => parseOptions(argv), expected);
    });
  }
});
