import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One image of a layout: that of one platform. */
export type LayoutImage = {
  /** Digest of the manifest, `sha256:…`. */
  readonly digest: string;
  readonly config: ImageConfig;
  /** In the order in which they are unpacked. */
  readonly layers: readonly Descriptor[];
};

/** What an image says about the process that runs in it. */
export type ImageConfig = {
  readonly entrypoint: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** `uid:gid`. */
  readonly user: string;
};

/** Names a blob. */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: { readonly architecture: string; readonly os: string };
};

type Index = { readonly manifests: readonly Descriptor[] };
type Manifest = { readonly config: Descriptor; readonly layers: readonly Descriptor[] };
type Config = {
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Env?: readonly string[];
    readonly User?: string;
  };
};

const INDEX = "application/vnd.oci.image.index.v1+json";

/** Reads the image of an architecture, as OCI calls it (`amd64`, `arm64`), from an OCI layout. */
export function readImage(layout: string, architecture: string): LayoutImage {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as Index;
  const manifests = manifestsOf(layout, index);
  const descriptor = manifests.find(({ platform }) => platform?.architecture === architecture);
  if (descriptor === undefined) {
    const found = manifests.map(({ platform }) => platform?.architecture ?? "an unknown architecture").join(", ");
    throw new Error(`expected an image for ${architecture} in ${layout}, found ${found || "none"}`);
  }
  const manifest = readJsonBlob(layout, descriptor) as Manifest;
  const { config } = readJsonBlob(layout, manifest.config) as Config;
  const { Entrypoint: entrypoint = [], Env: env = [], User: user = "0:0" } = config;
  return { digest: descriptor.digest, config: { entrypoint, env, user }, layers: manifest.layers };
}

/** Reads a blob; throws when it is not what its digest says. */
export function readBlob(layout: string, { digest }: Pick<Descriptor, "digest">): Buffer {
  const [algorithm = "", hex = ""] = digest.split(":");
  const path = join(layout, "blobs", algorithm, hex);
  const content = readFileSync(path);
  const found = createHash(algorithm).update(content).digest("hex");
  if (found !== hex) {
    throw new Error(`expected ${path} to have the digest ${digest}, found ${algorithm}:${found}: build the image anew`);
  }
  return content;
}

// An index of a layout names images, or further indexes that do.
function manifestsOf(layout: string, { manifests }: Index): readonly Descriptor[] {
  return manifests.flatMap((descriptor) =>
    descriptor.mediaType === INDEX ? manifestsOf(layout, readJsonBlob(layout, descriptor) as Index) : [descriptor],
  );
}

function readJsonBlob(layout: string, descriptor: Descriptor): unknown {
  return JSON.parse(readBlob(layout, descriptor).toString("utf8"));
}
