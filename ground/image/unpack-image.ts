import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

import { type Descriptor, type ImageConfig, readBlob, readImage } from "./image-layout.ts";

/** The files of an image on disk, and how to run it. */
export type UnpackedImage = {
  /** A folder for each layer, the topmost first. Nobody may write into them: processes and images share them. */
  readonly layers: readonly string[];
  readonly config: ImageConfig;
};

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const REMOVAL = ".wh.";

/**
 * Unpacks the image of an architecture from an OCI layout into folders below `into`, with modes and, for root, owners. A
 * layer that has been unpacked before is used again. Default: the architecture of this machine.
 */
export function unpackImage(layout: string, into: string, architecture: string = machineArchitecture()): UnpackedImage {
  const { config, layers } = readImage(layout, architecture);
  return { config, layers: layers.map((layer) => unpackLayer({ layout, into: resolve(into), layer })).toReversed() };
}

type Unpacking = { readonly layout: string; readonly into: string; readonly layer: Descriptor };

function unpackLayer({ layout, into, layer }: Unpacking): string {
  const folder = join(into, layer.digest.replace(":", "-"));
  if (!existsSync(folder)) {
    mkdirSync(into, { recursive: true });
    const partial = mkdtempSync(join(into, "partial-"));
    // Only root can give files away.
    const owner = process.getuid?.() === 0 ? ["--same-owner", "--numeric-owner"] : ["--no-same-owner"];
    execFileSync("tar", ["--extract", "--preserve-permissions", ...owner], {
      cwd: partial,
      input: readLayer(layout, layer),
    });
    const removal = globSync(`**/${REMOVAL}*`, { cwd: partial }).at(0);
    if (removal !== undefined) {
      throw new Error(`expected layers that only add files, found ${removal} in ${layer.digest}`);
    }
    moveUnlessThere(partial, folder);
  }
  return folder;
}

/** Architecture of this machine, as OCI calls it. */
function machineArchitecture(): string {
  return ARCHITECTURES[process.arch] ?? process.arch;
}

function readLayer(layout: string, layer: Descriptor): Buffer {
  const content = readBlob(layout, layer);
  const [, compression] = layer.mediaType.split("+");
  switch (compression) {
    case "zstd":
      return zstdDecompressSync(content);
    case "gzip":
      return gunzipSync(content);
    default:
      return content;
  }
}

// Another process may have unpacked the same layer meanwhile.
function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    rmSync(from, { recursive: true, force: true });
    if (!existsSync(to)) {
      throw error;
    }
  }
}
