import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { unpackImage } from "./unpack-image.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";

type Blob = { readonly mediaType: string; readonly digest: string };

describe("unpackImage", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "unpack-image-"));
    mkdirSync(join(folder, "layout/blobs/sha256"), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("unpacks each layer of the image of an architecture, the topmost first, and says how to run it", () => {
    writeLayout([
      ["arm64", [blob(`${LAYER}+gzip`, gzipSync(archive("arm", 0o755)))]],
      ["amd64", [blob(`${LAYER}+zstd`, zstdCompressSync(archive("base", 0o755))), blob(LAYER, archive("app", 0o644))]],
    ]);

    const { layers, config } = unpack("amd64");

    assert.deepEqual(
      layers.map((layer) => readFileSync(join(layer, "file"), "utf8")),
      ["app", "base"],
    );
    assert.deepEqual(
      layers.map((layer) => statSync(join(layer, "file")).mode & 0o777),
      [0o644, 0o755],
    );
    assert.deepEqual(config, { entrypoint: ["/main"], env: ["PATH=/bin"], user: "1:2" });
    assert.equal(readFileSync(join(unpack("arm64").layers[0] ?? "", "file"), "utf8"), "arm");
  });

  it("unpacks a layer once", () => {
    writeLayout([["amd64", [blob(LAYER, archive("base", 0o644))]]]);
    const [first = ""] = unpack("amd64").layers;
    writeFileSync(join(first, "mark"), "");

    assert.deepEqual(unpack("amd64").layers, [first]);
    assert.equal(statSync(join(first, "mark")).size, 0);
  });

  it("refuses a layer that is not what its digest says", () => {
    const layer = blob(LAYER, archive("base", 0o644));
    writeLayout([["amd64", [layer]]]);
    writeFileSync(pathOf(layer.digest), "something else");

    assert.throws(() => unpack("amd64"), /expected .* to have the digest sha256:[0-9a-f]{64}, found sha256:/u);
  });

  it("refuses a layer that removes files", () => {
    writeLayout([["amd64", [blob(LAYER, archive("", 0o644, ".wh.removed"))]]]);

    assert.throws(() => unpack("amd64"), /expected layers that only add files, found \.wh\.removed/u);
  });

  it("says which architectures there are", () => {
    writeLayout([["arm64", []]]);

    assert.throws(() => unpack("amd64"), /expected an image for amd64 in .*, found arm64/u);
  });

  function unpack(architecture: string): ReturnType<typeof unpackImage> {
    return unpackImage(join(folder, "layout"), join(folder, "unpacked"), architecture);
  }

  function archive(content: string, mode: number, name = "file"): Buffer {
    const source = mkdtempSync(join(folder, "source-"));
    writeFileSync(join(source, name), content, { mode });
    return execFileSync("tar", ["--create", "--directory", source, name]);
  }

  function writeLayout(images: readonly (readonly [architecture: string, layers: readonly Blob[]])[]): void {
    const settings = { Entrypoint: ["/main"], Env: ["PATH=/bin"], User: "1:2" };
    const config = blob("application/vnd.oci.image.config.v1+json", JSON.stringify({ config: settings }));
    const manifests = images.map(([architecture, layers]) => {
      const manifest = blob(MANIFEST, JSON.stringify({ config, layers, annotations: { architecture } }));
      return { ...manifest, platform: { architecture, os: "linux" } };
    });
    const index = blob(INDEX, JSON.stringify({ manifests }));
    writeFileSync(join(folder, "layout/index.json"), JSON.stringify({ manifests: [index] }));
  }

  function blob(mediaType: string, content: Buffer | string): Blob {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    writeFileSync(pathOf(digest), content);
    return { mediaType, digest };
  }

  function pathOf(digest: string): string {
    return join(folder, "layout/blobs", digest.replace(":", "/"));
  }
});
