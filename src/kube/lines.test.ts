import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MalformedAnswerError } from "./errors.ts";
import { splitLines } from "./lines.ts";

async function* cut(bytes: Uint8Array, at: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = at.map((place) => place % (bytes.length + 1)).toSorted((one, other) => one - other);
  let start = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(start, place);
    start = place;
  }
}

describe("splitLines", () => {
  it("yields the same lines wherever the bytes are cut", async () => {
    const line = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", "").toWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, places) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));

        const seen = await Array.fromAsync(splitLines(cut(bytes, places), 10_000));

        assert.deepEqual(seen, lines);
      }),
    );
  });

  it("yields what follows the last line feed", async () => {
    const seen = await Array.fromAsync(splitLines(cut(Buffer.from("a\n\nb"), [1]), 100));

    assert.deepEqual(seen, ["a", "", "b"]);
  });

  it("refuses a line that is too long, before it has come to its end", async () => {
    const reading = Array.fromAsync(splitLines(cut(Buffer.from("x".repeat(30)), [10, 20]), 15));

    await assert.rejects(reading, /longer than 15/);
  });

  it("refuses bytes that are not UTF-8", async () => {
    const reading = Array.fromAsync(splitLines(cut(Uint8Array.of(0xc3, 0x28, 0x0a), []), 15));

    await assert.rejects(reading, MalformedAnswerError);
  });
});
