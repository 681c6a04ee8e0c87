import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";

import { unpackImage } from "../../ground/image/unpack-image.ts";
import { nodeOf } from "../../scripts/image/node-of.ts";
import { platforms } from "../../scripts/image/platforms.ts";
import { noImage } from "../support/provider-image.ts";
import { LAYOUT } from "../support/image-layout.ts";

const UNPACKED = "dist/unpacked";

// A platform that is not that of this machine runs under an emulator, which the project pins and fetches.
describe("the compile cache of the image", { skip: noImage ?? false }, () => {
  for (const platform of platforms) {
    it(`is what Node on ${platform.architecture} takes the program from`, async () => {
      const [program, base] = unpackImage(LAYOUT, UNPACKED, platform.architecture).layers;
      const [path = "", ...args] = await nodeOf(platform, base ?? assert.fail("an image has a base"));
      const app = join(program ?? assert.fail("an image has a program"), "app");
      const script = `import { compileProgram } from "./src/launch/program.ts";
        console.log(process.arch, compileProgram(${JSON.stringify(app)}).isFromCache);`;

      const output = execFileSync(path, [...args, "--input-type=module", "--eval", script], {
        encoding: "utf8",
        env: {},
      });

      assert.equal(output, `${platform.nodePackage.replace("node-linux-", "")} true\n`);
    });
  }
});
