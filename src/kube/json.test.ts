import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import fc from "fast-check";

import { isSameJson, parseJson, toJson } from "./json.ts";

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

describe("a number", () => {
  // Recorded from kube-apiserver 1.36, which sends objects as it stores them.
  const held = [
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854776000",
    "18446744073709552000",
    "1.2345678901234568e+29",
    "1e+21",
    "1e-7",
    "0.30000000000000004",
    "0",
    "-1",
  ];

  for (const digits of held) {
    it(`is written as it was read: ${digits}`, () => {
      assert.equal(toJson(parseJson(`{"a":[${digits},{"b":${digits}}]}`)), `{"a":[${digits},{"b":${digits}}]}`);
    });
  }

  it("that is an integer of 64 bits keeps every digit", () => {
    fc.assert(
      fc.property(fc.bigInt(INT64), (integer) => {
        assert.equal(toJson(parseJson(`{"a": ${integer}}`)), `{"a":${integer}}`);
      }),
    );
  });

  it("has one form, so that equal digits are equal values and others are not", () => {
    fc.assert(
      fc.property(fc.bigInt(INT64), fc.bigInt(INT64), (left, right) => {
        const values = [left, right].map((integer) => parseJson(`[${integer}]`));

        assert.equal(Object.is(...(values.flat() as [unknown, unknown])), left === right);
      }),
    );
  });

  it("is a plain one wherever a double holds it", () => {
    assert.deepEqual(
      parseJson("[9007199254740992, 9007199254740994, 1.0, 1e3, 12345678901234567890123]"),
      [9007199254740992, 9007199254740994, 1, 1000, 1.2345678901234568e22],
    );
  });

  it("in a text is no number", () => {
    const text = '{"a":"x: 9007199254740993, [9007199254740993]"}';

    assert.equal(toJson(parseJson(text)), text);
  });
});

describe("JSON", () => {
  it("comes out as it went in", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(parseJson(toJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("has nothing in it that YAML 1.1 reads otherwise, or not at all", () => {
    const unsafe = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((character) => {
      const written = toJson(character);
      assert.equal(parseJson(written), character.toWellFormed());
      return !/^"[\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]+"$/.test(written);
    });

    assert.deepEqual(unsafe, []);
  });

  for (const [text, stored] of [
    ["a\ud800b", "a\ufffdb"],
    ["\udc00", "\ufffd"],
    ["\ud800\ud83d\ude00", "\ufffd\ud83d\ude00"],
    ["\\ud800", "\\ud800"],
    ["\\\ud800", "\\\ufffd"],
    ['"\n\\\\ud800', '"\n\\\\ud800'],
  ] as const) {
    it(`holds no half of a pair, as the server stores none: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseJson(toJson({ [text]: text })), { [stored]: stored });
    });
  }

  it("that is none is refused", () => {
    assert.throws(() => parseJson('{"a": 9007199254740993'), SyntaxError);
  });
});

describe("isSameJson", () => {
  // JSON has no negative zero of its own.
  const value = fc
    .jsonValue({ maxDepth: 3, stringUnit: "grapheme-ascii" })
    .map((json): unknown => JSON.parse(JSON.stringify(json)));

  it("says what Node says of two values, however alike they are", () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        assert.equal(isSameJson(one, other), isDeepStrictEqual(one, other));
        assert.equal(isSameJson({ one, both: [other] }, { both: [other], one }), true);
        assert.equal(isSameJson([one, other], [other, one]), isDeepStrictEqual(one, other));
      }),
    );
  });

  it("does not count fields that are undefined, and counts those that are missing", () => {
    assert.equal(isSameJson({ a: 1, b: undefined }, { a: 1 }), true);
    assert.equal(isSameJson({ a: 1 }, { a: 1, b: 2 }), false);
    assert.equal(isSameJson({ a: 1, b: undefined }, { a: 1, c: 2 }), false);
    assert.equal(isSameJson({}, []), false);
  });
});
