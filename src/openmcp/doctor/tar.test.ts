import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { unpackTar } from "modern-tar";

import { packTar } from "./tar.ts";

describe("packTar", () => {
  it("makes an archive that others unpack", async () => {
    const files = [
      { name: "bundle/empty.txt", text: "" },
      { name: "top.txt", text: "top" },
      { name: `bundle/${"folder/".repeat(15)}${"n".repeat(96)}.txt`, text: "far away" },
      { name: "bundle/words.txt", text: "Grüße\n" },
      { name: "bundle/block.txt", text: "x".repeat(512) },
      { name: "bundle/long.txt", text: "y".repeat(1000) },
    ];

    const entries = await unpackTar(packTar(files, Date.parse("2026-01-01T00:00:00Z")), { strict: true });

    assert.deepEqual(
      entries.map(({ header, data }) => ({ name: header.name, text: Buffer.from(data ?? []).toString("utf8") })),
      files,
    );
    assert.deepEqual(
      entries.map(({ header: { mode, mtime } }) => [mode, mtime?.toISOString()]),
      files.map(() => [0o600, "2026-01-01T00:00:00.000Z"]),
    );
  });

  it("refuses a name that the format has no place for", () => {
    assert.throws(() => packTar([{ name: "x".repeat(101), text: "" }], 0), /at most 100 bytes/u);
  });
});
