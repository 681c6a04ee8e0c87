import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { LayoutWriter, mediaTypes } from "./layout.ts";

describe("LayoutWriter", () => {
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "layout-"));
    folder = join(parent, "dist/image");
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  function write(...contents: readonly string[]): () => string {
    const layout = new LayoutWriter(folder);
    const [last] = contents.map((content) => layout.addJson(mediaTypes.manifest, { content })).slice(-1);
    return () => {
      layout.finish(last ?? assert.fail("an image has a manifest"));
      return last?.digest ?? "";
    };
  }

  function blobs(): readonly string[] {
    return globSync("*", { cwd: join(folder, "blobs/sha256") }).map((name) => `sha256:${name}`);
  }

  function named(): unknown {
    const { manifests } = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
      readonly manifests: readonly { readonly digest: string }[];
    };
    return manifests.map(({ digest }) => digest);
  }

  it("replaces the image of an earlier build, and leaves nothing of it", () => {
    write("old", "older")();
    const digest = write("new")();

    assert.deepEqual([named(), blobs()], [[digest], [digest]]);
    assert.deepEqual(globSync("*", { cwd: folder }).toSorted(), ["blobs", "index.json", "oci-layout"]);
  });

  it("keeps the image of an earlier build until the new one is there as a whole", () => {
    const old = write("old")();
    const finish = write("new");

    assert.deepEqual(named(), [old]);
    assert.ok(blobs().includes(old));
    finish();
  });

  it("is as new as its last build, also when that has changed nothing", () => {
    write("same")();
    const index = join(folder, "index.json");
    utimesSync(index, 1, 1);

    write("same")();

    assert.ok(statSync(index).mtimeMs > 1000);
  });

  it("lets two processes write the same image at the same time", () => {
    const [finishFirst, finishSecond] = [write("same"), write("same")];

    const digest = finishFirst();
    assert.deepEqual([named(), blobs()], [[digest], [digest]]);
    assert.equal(finishSecond(), digest);
    assert.deepEqual([named(), blobs()], [[digest], [digest]]);
  });
});
