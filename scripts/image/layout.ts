import { createHash } from "node:crypto";
import { globSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../build/replace-file.ts";

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: "linux" };
  readonly annotations?: Readonly<Record<string, string>>;
};

/** A compressed layer, and the digest of its archive. */
export type Layer = { readonly blob: Buffer; readonly diffId: string };

export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+zstd",
} as const;

const BLOBS = "blobs/sha256";
const DIGEST = /^[0-9a-f]{64}$/u;

/**
 * Writes blobs into an OCI layout, and the index that makes it one: others see the old layout or the new one.
 *
 * Two processes may write the same image at the same time: blobs have the names of their content.
 */
export class LayoutWriter {
  readonly #folder: string;
  readonly #digests = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  addBlob(mediaType: string, content: Buffer): Descriptor {
    const digest = sha256(content);
    const name = digest.replace("sha256:", "");
    this.#digests.add(name);
    replaceFile(join(this.#folder, BLOBS, name), content);
    return { mediaType, digest, size: content.length };
  }

  addJson(mediaType: string, value: object): Descriptor {
    return this.addBlob(mediaType, Buffer.from(JSON.stringify(value)));
  }

  finish(image: Descriptor): void {
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [image] };
    replaceFile(join(this.#folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    const indexPath = join(this.#folder, "index.json");
    replaceFile(indexPath, JSON.stringify(index));
    // Its time says how old the image is, also when nothing is different.
    utimesSync(indexPath, new Date(), new Date());
    const blobs = globSync("*", { cwd: join(this.#folder, BLOBS) }).filter((name) => DIGEST.test(name));
    for (const name of blobs.filter((blob) => !this.#digests.has(blob))) {
      rmSync(join(this.#folder, BLOBS, name), { force: true });
    }
  }
}

export function sha256(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
