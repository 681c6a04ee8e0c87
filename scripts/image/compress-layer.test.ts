import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { compressOnce } from "./compress-layer.ts";

const archive = Buffer.from("an archive");

describe("compressOnce", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "layers-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function kept(): string {
    const [path, ...others] = globSync("layers/*", { cwd: folder });
    assert.deepEqual(others, []);
    return join(folder, path ?? assert.fail("a layer is kept"));
  }

  it("keeps the layer, and takes it from there the next time", async () => {
    const { blob } = await compressOnce(archive, folder);
    assert.deepEqual(zstdDecompressSync(blob), archive);

    const other = zstdCompressSync(archive, { pledgedSrcSize: archive.length });
    writeFileSync(kept(), other);

    assert.notDeepEqual(other, blob);
    assert.deepEqual((await compressOnce(archive, folder)).blob, other);
  });

  for (const [what, found] of [
    ["a part of it", zstdCompressSync(archive).subarray(0, 12)],
    ["another archive", zstdCompressSync("another archive")],
  ] as const) {
    it(`compresses anew when ${what} is kept`, async () => {
      const first = await compressOnce(archive, folder);
      writeFileSync(kept(), found);

      assert.deepEqual(await compressOnce(archive, folder), first);
      assert.deepEqual(readFileSync(kept()), first.blob);
    });
  }
});
