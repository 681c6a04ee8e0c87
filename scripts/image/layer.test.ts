import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unpackTar } from "modern-tar";

import { type Entry, packLayer } from "./layer.ts";

const entries: readonly Entry[] = [
  { type: "file", path: "usr/bin/node", mode: 0o755, content: Buffer.from("program") },
  { type: "symlink", path: "lib", target: "usr/lib" },
  { type: "directory", path: "tmp", mode: 0o1777 },
  { type: "file", path: "etc/passwd", mode: 0o644, content: Buffer.from("root") },
];

describe("packLayer", () => {
  it("puts each folder before what is in it, and gives everything to root", async () => {
    const unpacked = await unpackTar(await packLayer(entries));

    assert.deepEqual(
      unpacked.map(({ header: { name, type, mode, uid, gid, linkname } }) => [name, type, mode, uid, gid, linkname]),
      [
        ["etc/", "directory", 0o755, 0, 0, ""],
        ["etc/passwd", "file", 0o644, 0, 0, ""],
        ["lib", "symlink", 0o777, 0, 0, "usr/lib"],
        ["tmp/", "directory", 0o1777, 0, 0, ""],
        ["usr/", "directory", 0o755, 0, 0, ""],
        ["usr/bin/", "directory", 0o755, 0, 0, ""],
        ["usr/bin/node", "file", 0o755, 0, 0, ""],
      ],
    );
    assert.equal(Buffer.from(unpacked.at(-1)?.data ?? []).toString(), "program");
  });

  it("writes the same bytes for the same entries in another order", async () => {
    assert.deepEqual(await packLayer(entries.toReversed()), await packLayer(entries));
  });
});
