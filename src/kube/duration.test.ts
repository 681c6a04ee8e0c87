import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DurationError, formatDuration, parseDurationMs } from "./duration.ts";

describe("parseDurationMs", () => {
  const accepted: readonly (readonly [string, number])[] = [
    ["1m", 60_000],
    ["1h2m3.5s", 3_723_500],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["1.s", 1000],
    ["1.0000000019s", 1000.000001],
    ["720h", 2_592_000_000],
    ["2562047h47m16.854775807s", Number(2n ** 63n - 1n) / 1e6],
    ["10us", 0.01],
    ["10µs", 0.01],
    ["1000000ns", 1],
    [".5s", 500],
    ["0", 0],
    ["0s", 0],
  ];
  for (const [text, expectedMs] of accepted) {
    it(`reads ${text}`, () => {
      assert.ok(Math.abs(parseDurationMs(text) - expectedMs) < 1e-9);
    });
  }

  for (const text of ["", "5", "m", "5 m", "-5m", "5m ", "1h2", "soon", "1d", "1e3s", "Infinitys", ".s", "1..5s"]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseDurationMs(text), DurationError);
    });
  }

  for (const text of ["2562047h47m16.854775808s", "2562048h", "9223372036854775808ns", `1${"0".repeat(40)}h`]) {
    it(`refuses ${text}, which Go cannot hold`, () => {
      assert.throws(() => parseDurationMs(text), DurationError);
    });
  }
});

describe("formatDuration", () => {
  it("writes what Go and Flux read", () => {
    assert.deepEqual(
      [0, 0.000001, 500, 1_000, 1_000.000001, 60_000, 300_000, 3_723_500, 5_400_000].map(formatDuration),
      ["0ms", "0.000001ms", "500ms", "1s", "1.000000001s", "1m0s", "5m0s", "1h2m3.5s", "1h30m0s"],
    );
  });

  it("writes what Go reads as the time that was given, for every duration up to 30 days", () => {
    const parts = fc.record({
      hours: fc.nat({ max: 719 }),
      minutes: fc.nat({ max: 59 }),
      nanoseconds: fc.nat({ max: 59_999_999_999 }),
    });
    fc.assert(
      fc.property(parts, ({ hours, minutes, nanoseconds }) => {
        const given = `${hours}h${minutes}m${nanoseconds}ns`;

        assert.equal(readAsGo(formatDuration(parseDurationMs(given))), readAsGo(given));
      }),
    );
  });

  it("writes what Flux takes as an interval, whatever can be read as a duration", () => {
    const number = fc.stringMatching(/^[0-9]{1,9}(\.[0-9]{0,12})?$/);
    const part = fc.tuple(number, fc.constantFrom("ns", "us", "µs", "ms", "s", "m", "h")).map((both) => both.join(""));
    const texts = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((some) => some.join("")),
      fc.constantFrom("2562047h47m16.854775807s", "2562047h47m16.8547758s", "9223372036854775807ns", "930µs4300000s"),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const written = formatDuration(durationOr(text, 1_000));

        assert.match(written, /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/);
        assert.ok(readAsGo(written) < 2n ** 63n, `${text} became ${written}`);
        assert.equal(formatDuration(parseDurationMs(written)), written);
      }),
    );
  });
});

function durationOr(text: string, fallbackMs: number): number {
  try {
    return parseDurationMs(text);
  } catch {
    return fallbackMs;
  }
}

/** Nanoseconds of a duration, computed exactly. */
function readAsGo(text: string): bigint {
  const unitNs = { ns: 1n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n };
  const unitOf = (unit: string): bigint => Object.entries(unitNs).find(([name]) => name === unit)?.[1] ?? 0n;
  return text.matchAll(/(\d+)(?:\.(\d+))?(ns|ms|s|m|h)/g).reduce((sum, [, whole = "", fraction = "", unit = ""]) => {
    return sum + (BigInt(whole + fraction) * unitOf(unit)) / 10n ** BigInt(fraction.length);
  }, 0n);
}
