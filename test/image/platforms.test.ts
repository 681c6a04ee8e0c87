import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";

import { unpackImage } from "../../ground/image/unpack-image.ts";
import { nodeOf } from "../../scripts/image/node-of.ts";
import { platforms } from "../../scripts/image/platforms.ts";
import { noImage } from "../support/provider-image.ts";

const LAYOUT = "dist/image";
const UNPACKED = "dist/unpacked";

// A platform that is not that of this machine runs under an emulator, which the project pins and fetches.
for (const platform of platforms) {
  describe(`the image on ${platform.architecture}`, { skip: noImage ?? false }, () => {
    let node: readonly string[];
    let app: string;
    before(async () => {
      const { layers } = unpackImage(LAYOUT, UNPACKED, platform.architecture);
      const [program, base] = layers;
      node = await nodeOf(platform, base ?? assert.fail("an image has a base"));
      app = join(program ?? assert.fail("an image has a program"), "app");
    });

    it("answers with the version of this repository", () => {
      const released = readFileSync("VERSION", "utf8").trim().replace(/^v/u, "");
      assert.equal(run(join(app, "service-provider-ocm.mjs"), "version").split("+")[0], released);
    });

    it("takes the program from the compile cache", () => {
      const script = `import { compileProgram } from "./src/launch/program.ts";
        console.log(process.arch, compileProgram(${JSON.stringify(app)}).isFromCache);`;
      const arch = platform.nodePackage.replace("node-linux-", "");
      assert.equal(run("--input-type=module", "--eval", script), `${arch} true`);
    });

    function run(...args: readonly string[]): string {
      const [path = "", ...first] = node;
      return execFileSync(path, [...first, ...args], { encoding: "utf8", env: {} }).trim();
    }
  });
}
