import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { type Contained, contain } from "../../ground/image/contain.ts";
import type { UnpackedImage } from "../../ground/image/unpack-image.ts";
import { noImage, providerImage } from "../support/provider-image.ts";

type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

describe("a process in the provider's image", { skip: noImage ?? false }, () => {
  let image: UnpackedImage;
  let folder: string;
  before(async () => {
    image = (await providerImage()) ?? assert.fail("this machine runs images");
    folder = await mkdtemp(join(tmpdir(), "image-test-"));
    await chmod(folder, 0o755);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("answers with the version of this repository", async () => {
    const { status, stdout } = inImage({ args: ["version"] });

    assert.equal(status, 0);
    const version = (await readFile("VERSION", "utf8")).trim().replace(/^v/u, "");
    assert.equal(stdout.trim().split("+")[0], version);
  });

  it("is also found by the name of the program, as by kubectl exec", () => {
    const named = { ...image, config: { ...image.config, entrypoint: ["service-provider-ocm"] } };

    const { status, stdout, stderr } = inImage({ image: named, args: ["status", "--kubeconfig=/none"] });

    assert.deepEqual([status, stdout, stderr], [1, "", "service-provider-ocm: kubeconfig /none does not exist\n"]);
  });

  it("can write nowhere", async () => {
    await writeFile(join(folder, "token"), "secret");
    const mounts = { "/var/run/secrets/test": folder, "/etc/test/file": join(folder, "token") };
    const places = ["/x", "/app/x", "/tmp/x", "/etc/passwd", "/dev/x", "/var/run/secrets/test/x", "/etc/test/file"];

    const written = inNode(image, mounts, (paths: readonly string[]) => {
      const { writeFileSync } = process.getBuiltinModule("node:fs");
      return paths.map((path) => {
        try {
          writeFileSync(path, "x");
          return "written";
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      });
    })(places);

    assert.deepEqual(
      written,
      places.map(() => "EROFS"),
    );
    assert.equal(await readFile(join(folder, "token"), "utf8"), "secret");
  });

  it("is the image's user, in no other group, and can get no more privileges", () => {
    const found = inNode(image, {}, () => {
      const status = process.getBuiltinModule("node:fs").readFileSync("/proc/self/status", "utf8");
      const field = (name: string): string | undefined => new RegExp(`^${name}:[\\t ]*(.*)$`, "mu").exec(status)?.[1];
      return ["Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs"].map((name) => field(name)?.trim());
    })([]);

    const four = "65532\t65532\t65532\t65532";
    const none = "0000000000000000";
    assert.deepEqual(found, [four, four, "", none, none, none, "1"]);
  });

  it("sees the environment of the image and nothing of this machine's", () => {
    const found = inNode(image, {}, () => {
      const { readdirSync } = process.getBuiltinModule("node:fs");
      return {
        names: Object.keys(process.env),
        devices: readdirSync("/dev").toSorted(),
      };
    })([]);

    assert.deepEqual(found, {
      names: image.config.env.map((entry) => entry.split("=")[0]),
      devices: ["full", "null", "random", "urandom", "zero"],
    });
  });

  it("works as another user as well", () => {
    assert.equal(inImage({ args: ["version"], user: "12345:0" }).status, 0);
  });

  it("sees at once what becomes of a folder that is mounted", async () => {
    await writeFile(join(folder, "token"), "first");
    const read = inNode(image, { "/var/run/secrets/test": folder }, () =>
      process.getBuiltinModule("node:fs").readFileSync("/var/run/secrets/test/token", "utf8"),
    );
    assert.equal(read([]), "first");
    await writeFile(join(folder, "token"), "second");
    assert.equal(read([]), "second");
  });

  function inImage(options: Partial<Contained>): Answer {
    const { path, args } = contain({ image, args: [], env: {}, mounts: {}, ...options });
    return spawnSync(path, args, { encoding: "utf8" });
  }
});

/** Runs a function in the image's Node, as the image's user; its result has to be JSON. */
function inNode(
  image: UnpackedImage,
  mounts: Contained["mounts"],
  run: (input: readonly string[]) => unknown,
): (input: readonly string[]) => unknown {
  const entrypoint = image.config.entrypoint.slice(0, 1);
  const script = `console.log(JSON.stringify((${run.toString()})(process.argv.slice(1))))`;
  return (input) => {
    const node = { ...image, config: { ...image.config, entrypoint } };
    const { path, args } = contain({ image: node, args: ["-e", script, ...input], env: {}, mounts });
    const { status, stdout, stderr } = spawnSync(path, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as unknown;
  };
}
