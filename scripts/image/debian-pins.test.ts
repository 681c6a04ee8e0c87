import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readDebianPins } from "./debian-pins.ts";
import { platforms } from "./platforms.ts";

/** Debian now and then builds a version again for one architecture. */
const BUILD_OF_ONE = /\+b\d+$/u;

describe("the pins of Debian's packages", () => {
  const { snapshot, image, emulator } = readDebianPins();

  it("are the same packages in the same versions for every platform", () => {
    for (const group of [image, emulator]) {
      const [first, ...others] = platforms.map(({ architecture }) =>
        group
          .filter((pin) => pin.architecture === architecture)
          .map(({ name, version }) => `${name} ${version.replace(BUILD_OF_ONE, "")}`),
      );
      assert.ok(first !== undefined && first.length > 0);
      assert.deepEqual(
        others,
        others.map(() => first),
      );
    }
  });

  it("name a file of the archive and its hash, so that a mirror cannot give another", () => {
    for (const { name, architecture, archive, path, sha256 } of [...image, ...emulator]) {
      assert.match(archive, /^debian(?:-security)?$/u);
      assert.ok(path.startsWith("pool/") && path.endsWith(`_${architecture}.deb`), path);
      assert.ok(decodeURIComponent(path).includes(`/${name}_`), path);
      assert.match(sha256, /^[0-9a-f]{64}$/u);
    }
  });

  it("name a moment as snapshot.debian.org does", () => {
    assert.match(snapshot, /^\d{8}T\d{6}Z$/u);
  });
});
