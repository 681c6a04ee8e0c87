import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { plantedTexts, MARK } from "../../test/support/planted-secrets.ts";
import { storedMessage } from "./stored-message.ts";

const anyText = fc.oneof(
  plantedTexts,
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom("a", " ", "\n", "\u{1F600}", "\ud83d", "\ude00", "é", "\0", "token: ", "@"),
    maxLength: 300,
  }),
);
const limit = fc.integer({ min: 60, max: 400 });

describe("storedMessage", () => {
  const rows = [
    ["a\n  b\tc ", "a b c"],
    ["half \ud83d", "half \ufffd"],
    ["a\u0000b", "a b"],
    ["word ".repeat(20), `${"word ".repeat(6)}word … (65 bytes left out)`],
    ["é".repeat(40), `${"é".repeat(19)} … (42 bytes left out)`],
    ["\u{1F600}".repeat(20), `${"\u{1F600}".repeat(9)} … (44 bytes left out)`],
  ] as const;
  for (const [text, expected] of rows) {
    it(`makes ${JSON.stringify(expected)}`, () => {
      assert.equal(storedMessage(text, 63), expected);
    });
  }

  it("is well-formed, within its limit and one line, whatever the text", () => {
    fc.assert(
      fc.property(anyText, limit, (text, maxBytes) => {
        const message = storedMessage(text, maxBytes);

        assert.ok(message.isWellFormed());
        assert.ok(Buffer.byteLength(message) <= maxBytes);
        assert.doesNotMatch(message, /[\p{Cc}]/u);
        assert.ok(!message.includes(MARK));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is itself when it is stored again", () => {
    fc.assert(
      fc.property(anyText, limit, (text, maxBytes) => {
        const once = storedMessage(text, maxBytes);

        assert.equal(storedMessage(once, maxBytes), once);
      }),
      { numRuns: 2_000 },
    );
  });
});
