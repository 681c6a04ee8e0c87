import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";

import { type Contained, contain } from "../../ground/image/contain.ts";
import { type UnpackedImage, unpackImage } from "../../ground/image/unpack-image.ts";
import { provideEmulator } from "../../scripts/image/node-of.ts";
import { platforms } from "../../scripts/image/platforms.ts";
import { noImage, providerImage } from "../support/provider-image.ts";

const EMULATOR = "/usr/local/bin/emulator";

describe("the image for another architecture", { skip: noImage ?? false }, () => {
  for (const platform of platforms.filter(({ nodePackage }) => nodePackage !== `node-linux-${process.arch}`)) {
    it(`answers with the version that ${platform.architecture} has in common with this machine's image`, async () => {
      const own = (await providerImage()) ?? assert.fail("this machine runs images");
      const image = unpackImage("dist/image", "dist/unpacked", platform.architecture);
      const emulator = await provideEmulator(platform);
      const { entrypoint } = image.config;
      const emulated = { ...image, config: { ...image.config, entrypoint: [EMULATOR, ...entrypoint] } };

      assert.equal(versionIn(emulated, { [EMULATOR]: emulator }), versionIn(own, {}));
    });
  }
});

function versionIn(image: UnpackedImage, mounts: Contained["mounts"]): string {
  const { path, args } = contain({ image, mounts, args: ["version"], env: {} });
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}
