import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseOptions, usage } from "./options.ts";

const defaults = {
  real: false,
  image: false,
  bare: false,
  build: true,
  once: false,
  keep: false,
  trouble: false,
  dashboard: false,
  tenants: 1,
};

describe("parseOptions", () => {
  it("runs embedded, until Ctrl-C and without traces when nothing is said", () => {
    assert.deepEqual(parseOptions([]), defaults);
  });

  it("reads every flag that the usage names", () => {
    const named = Array.from(usage.matchAll(/^ +(--[\w-]+)/gm), ([, flag = ""]) => flag);

    assert.deepEqual(named, [
      "--real",
      "--image",
      "--bare",
      "--provider",
      "--tenants",
      "--trouble",
      "--dashboard",
      "--once",
      "--keep",
      "--no-build",
      "--help",
    ]);
    assert.deepEqual(parseOptions(["--real", "--tenants", "3", "--once", "--keep"]), {
      ...defaults,
      real: true,
      once: true,
      keep: true,
      tenants: 3,
    });
    assert.equal(parseOptions(["--help"]), "help");
  });

  it("runs the provider of a folder, but not under the real operator", () => {
    assert.deepEqual(parseOptions(["--provider", "a"]), { ...defaults, provider: "a" });
    assert.throws(() => parseOptions(["--provider", "a", "--real"]), /--provider without --real/);
  });

  it("shows the tenants on a page, where there will be some", () => {
    assert.deepEqual(parseOptions(["--dashboard"]), { ...defaults, dashboard: true });
    assert.throws(() => parseOptions(["--dashboard", "--bare"]), /--dashboard without --bare/);
  });

  it("installs nothing with --bare, so that nothing can be played", () => {
    assert.partialDeepStrictEqual(parseOptions(["--bare", "--real", "--tenants=2"]), {
      bare: true,
      real: true,
      tenants: 2,
    });
    assert.throws(() => parseOptions(["--bare", "--once"]), /--bare without --once/);
    assert.throws(() => parseOptions(["--bare", "--provider", "a"]), /--bare without --once and --provider/);
  });

  it("runs the provider in its image, which holds no other provider", () => {
    assert.partialDeepStrictEqual(parseOptions(["--image", "--real"]), { image: true, real: true });
    assert.throws(() => parseOptions(["--image", "--provider", "a"]), /--provider without --image/);
  });

  it("brings trouble over enough tenants, and only over those of the provider for OCM", () => {
    assert.partialDeepStrictEqual(parseOptions(["--trouble"]), { trouble: true, tenants: 12 });
    assert.partialDeepStrictEqual(parseOptions(["--trouble", "--tenants", "200"]), { trouble: true, tenants: 200 });
    assert.throws(() => parseOptions(["--trouble", "--tenants", "5"]), /from 6 to 500, found 5/);
    assert.throws(() => parseOptions(["--trouble", "--bare"]), /--trouble without --bare/);
    assert.throws(() => parseOptions(["--trouble", "--provider", "a"]), /--trouble without --bare and --provider/);
  });

  it("runs what was built before with --no-build", () => {
    assert.partialDeepStrictEqual(parseOptions(["--no-build"]), { build: false });
  });

  it("refuses what it does not know", () => {
    assert.throws(() => parseOptions(["--reel"]), /--reel/);
    assert.throws(() => parseOptions(["real"]), /real/);
  });

  it("refuses a number of tenants that is none", () => {
    for (const count of ["0", "-1", "1.5", "many", "501", ""]) {
      assert.throws(
        () => parseOptions([`--tenants=${count}`]),
        /expected --tenants to be a whole number from 1 to 500/,
      );
    }
  });
});
