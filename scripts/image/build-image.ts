import { readFileSync } from "node:fs";
import { compressLayer, compressOnce } from "./compress-layer.ts";
import { ENTRY_POINT, imageEntries } from "./entries.ts";
import { packLayer } from "./layer.ts";
import { IMAGE_ENVIRONMENT } from "./image-environment.ts";
import { type Descriptor, type Layer, LayoutWriter, mediaTypes } from "./layout.ts";
import { type Platform, platforms } from "./platforms.ts";

/** What an image is made of, besides its base. */
export type ImageInput = {
  /** Folder of the program: what `scripts/build.ts` writes. */
  readonly program: string;
  readonly version: string;
  /** The commit, or nothing when the sources come without one. */
  readonly revision: string;
  readonly created: Date;
};

/** An image for one platform. */
type BuiltImage = {
  readonly architecture: string;
  readonly manifest: Descriptor;
  readonly layers: readonly Descriptor[];
};

/** The name of the image where it is published. */
export const IMAGE_NAME = "ghcr.io/open-component-model/images/service-provider-ocm";

const SOURCE = "https://github.com/open-component-model/service-provider-ocm";
const USER = "65532:65532";

/** Writes an image for every platform into an OCI layout, and returns the digest of their index. */
export async function buildImage(
  input: ImageInput,
  folder: string,
): Promise<{ readonly index: Descriptor; readonly images: readonly BuiltImage[] }> {
  const layers = await Promise.all(platforms.map((platform) => buildLayers(platform, input.program)));
  const layout = new LayoutWriter(folder);
  const images = platforms.map((platform, index) => addImage(layout, { input, platform, layers: layers[index] ?? [] }));
  const index = layout.addJson(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images.map(({ architecture, manifest }) => ({ ...manifest, platform: { architecture, os: "linux" } })),
    annotations: labels(input),
  });
  layout.finish({
    ...index,
    annotations: {
      "io.containerd.image.name": `${IMAGE_NAME}:${input.version}`,
      "org.opencontainers.image.ref.name": input.version,
    },
  });
  return { index, images };
}

type ImageParts = { readonly input: ImageInput; readonly platform: Platform; readonly layers: readonly Layer[] };

function addImage(layout: LayoutWriter, { input, platform: { architecture }, layers }: ImageParts): BuiltImage {
  const config = layout.addJson(mediaTypes.config, {
    created: input.created.toISOString(),
    architecture,
    os: "linux",
    config: {
      User: USER,
      Env: ["PATH=/usr/bin", ...Object.entries(IMAGE_ENVIRONMENT).map(([name, value]) => `${name}=${value}`)],
      Entrypoint: ENTRY_POINT,
      WorkingDir: "/",
      Labels: labels(input),
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: ["Node and the libraries that it needs", "service-provider-ocm"].map((comment) => ({
      created: input.created.toISOString(),
      comment,
    })),
  });
  const descriptors = layers.map(({ blob }) => layout.addBlob(mediaTypes.layer, blob));
  const manifest = layout.addJson(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: descriptors,
    annotations: labels(input),
  });
  return { architecture, manifest, layers: descriptors };
}

function labels({ version, revision }: ImageInput): Readonly<Record<string, string>> {
  const { name, description, license } = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, string>;
  return {
    "org.opencontainers.image.title": name ?? "",
    "org.opencontainers.image.description": description ?? "",
    "org.opencontainers.image.licenses": license ?? "",
    "org.opencontainers.image.source": SOURCE,
    "org.opencontainers.image.version": version,
    ...(revision === "" ? {} : { "org.opencontainers.image.revision": revision }),
  };
}

async function buildLayers(platform: Platform, folder: string): Promise<readonly Layer[]> {
  const { base, program } = await imageEntries(platform, folder);
  return [await compressOnce(await packLayer(base)), await compressLayer(await packLayer(program))];
}
