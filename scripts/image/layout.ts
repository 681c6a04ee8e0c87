import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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

/** Writes blobs into an OCI layout, and the index that makes it one: others see the old layout or the new one. */
export class LayoutWriter {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = `${folder}.unfinished`;
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(join(this.#folder, "blobs/sha256"), { recursive: true });
  }

  addBlob(mediaType: string, content: Buffer): Descriptor {
    const digest = sha256(content);
    writeFileSync(join(this.#folder, "blobs", digest.replace(":", "/")), content);
    return { mediaType, digest, size: content.length };
  }

  addJson(mediaType: string, value: object): Descriptor {
    return this.addBlob(mediaType, Buffer.from(JSON.stringify(value)));
  }

  finish(image: Descriptor): void {
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [image] };
    writeFileSync(join(this.#folder, "index.json"), JSON.stringify(index));
    writeFileSync(join(this.#folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    const folder = this.#folder.replace(/\.unfinished$/u, "");
    rmSync(folder, { recursive: true, force: true });
    renameSync(this.#folder, folder);
  }
}

export function sha256(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
