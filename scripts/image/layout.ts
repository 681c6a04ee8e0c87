import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

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

/**
 * Writes blobs into an OCI layout, and the index that makes it one: others see the old layout or the new one.
 *
 * Two processes may write the same image at the same time: blobs have the names of their content.
 */
export class LayoutWriter {
  readonly #folder: string;
  readonly #unfinished: string;
  readonly #digests = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(dirname(folder), { recursive: true });
    this.#unfinished = mkdtempSync(`${folder}-`);
  }

  addBlob(mediaType: string, content: Buffer): Descriptor {
    const digest = sha256(content);
    this.#digests.add(digest.replace("sha256:", ""));
    this.#write(join(BLOBS, digest.replace("sha256:", "")), content);
    return { mediaType, digest, size: content.length };
  }

  addJson(mediaType: string, value: object): Descriptor {
    return this.addBlob(mediaType, Buffer.from(JSON.stringify(value)));
  }

  finish(image: Descriptor): void {
    this.#write("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    this.#write("index.json", JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [image] }));
    for (const digest of globSync("*", { cwd: join(this.#folder, BLOBS) })) {
      if (!this.#digests.has(digest)) {
        rmSync(join(this.#folder, BLOBS, digest), { force: true });
      }
    }
    rmSync(this.#unfinished, { recursive: true });
  }

  #write(path: string, content: string | Buffer): void {
    const [unfinished, final] = [join(this.#unfinished, "file"), join(this.#folder, path)];
    mkdirSync(dirname(final), { recursive: true });
    writeFileSync(unfinished, content);
    renameSync(unfinished, final);
  }
}

export function sha256(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
