import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { readBlob, readImage } from "../../ground/image/image-layout.ts";
import { unpackImage } from "../../ground/image/unpack-image.ts";
import { sha256 } from "../../scripts/image/layout.ts";
import { noImage } from "../support/provider-image.ts";
import { LAYOUT } from "../support/image-layout.ts";

const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "amd64";
const LAYERS = ["base", "program"] as const;

describe("the Containerfile", { skip: noImage ?? false }, () => {
  const instructions = readInstructions("Containerfile");
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "containerfile-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("writes the files that the image has, with their modes, layer by layer", () => {
    const command = valuesOf("RUN").at(-1) ?? assert.fail("the last command writes the files");
    const here = command.replace('"$TARGETARCH"', ARCHITECTURE).replace("/files", folder);
    execFileSync("sh", ["-c", `umask 077 && ${here}`], { stdio: ["ignore", "pipe", "inherit"] });

    const expected = unpackImage(LAYOUT, "dist/unpacked", ARCHITECTURE).layers.toReversed();
    for (const [index, layer] of LAYERS.entries()) {
      assert.deepEqual(describeFiles(join(folder, layer)), describeFiles(expected[index] ?? assert.fail()));
    }
  });

  it("builds by scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Readonly<Record<string, string>>;
    };
    assert.deepEqual(valuesOf("RUN").slice(0, -1), ["npm ci", "npm run build"]);
    assert.ok(scripts["build"] !== undefined);
  });

  it("copies the layers in the order of the image into an empty root", () => {
    assert.deepEqual(valuesOf("FROM").slice(1), ["scratch"]);
    assert.deepEqual(
      valuesOf("COPY").slice(1),
      LAYERS.map((layer) => `--from=files /files/${layer}/ /`),
    );
  });

  it("configures the process as the image does", () => {
    const { User, Env, WorkingDir, Entrypoint, Labels } = configOf(ARCHITECTURE);
    assert.deepEqual(valuesOf("USER"), [User]);
    assert.deepEqual(valuesOf("ENV"), Env);
    assert.equal(valuesOf("WORKDIR").at(-1), WorkingDir);
    assert.deepEqual(JSON.parse(valuesOf("ENTRYPOINT").join("")), Entrypoint);
    const ofTheRelease = ["org.opencontainers.image.version", "org.opencontainers.image.revision"];
    assert.deepEqual(
      valuesOf("LABEL"),
      Object.entries(Labels)
        .filter(([name]) => !ofTheRelease.includes(name))
        .map(([name, value]) => `${name}="${value}"`),
    );
  });

  function valuesOf(keyword: string): readonly string[] {
    return instructions.filter((instruction) => instruction.keyword === keyword).map(({ value }) => value);
  }
});

type Instruction = { readonly keyword: string; readonly value: string };

function readInstructions(path: string): readonly Instruction[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ keyword: line.split(" ")[0] ?? "", value: line.replace(/^\S+ /u, "") }));
}

type Config = {
  readonly User: string;
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
};

function configOf(architecture: string): Config {
  const { digest } = readImage(LAYOUT, architecture);
  const manifest = JSON.parse(readBlob(LAYOUT, { digest }).toString()) as {
    readonly config: { readonly digest: string };
  };
  return (JSON.parse(readBlob(LAYOUT, manifest.config).toString()) as { readonly config: Config }).config;
}

/** Path, mode and digest of each file of a folder. */
function describeFiles(folder: string): readonly (readonly string[])[] {
  return globSync("**", { cwd: folder })
    .filter((path) => path !== "." && path !== "")
    .toSorted()
    .map((path) => {
      const file = join(folder, path);
      const status = lstatSync(file);
      const mode = (status.mode & 0o7777).toString(8);
      if (status.isSymbolicLink()) {
        return [path, "link", readlinkSync(file)];
      }
      return status.isDirectory() ? [path, mode] : [path, mode, sha256(readFileSync(file))];
    });
}
