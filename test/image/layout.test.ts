import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { Ajv } from "ajv";

import { readBlob } from "../../ground/image/image-layout.ts";
import { sha256 } from "../../scripts/image/layout.ts";
import { LAYOUT } from "../support/image-layout.ts";

type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Readonly<Record<string, string>>;
};
type Index = { readonly manifests: readonly Descriptor[]; readonly annotations?: Readonly<Record<string, string>> };
type Manifest = { readonly config: Descriptor; readonly layers: readonly Descriptor[] };
type Config = {
  readonly architecture: string;
  readonly os: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly object[];
};

const SCHEMAS = "test/image/oci-schemas";
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  "application/vnd.oci.image.index.v1+json": "image-index-schema.json",
  "application/vnd.oci.image.manifest.v1+json": "image-manifest-schema.json",
  "application/vnd.oci.image.config.v1+json": "config-schema.json",
};
const VERSION = readFileSync("VERSION", "utf8").trim();

describe(
  "the layout of the image",
  {
    skip:
      existsSync(`${LAYOUT}/index.json`) || process.env["CI"] === "true"
        ? false
        : `there is no ${LAYOUT}: npm run image`,
  },
  () => {
    const ajv = schemas();

    it("is valid by the schemas of OCI, down to each configuration", () => {
      assert.deepEqual(complaints("image-layout-schema.json", parse(`${LAYOUT}/oci-layout`)), []);
      assert.deepEqual(complaints("image-index-schema.json", topIndex()), []);
      for (const descriptor of everyDescriptor()) {
        const schema = MEDIA_TYPES[descriptor.mediaType];
        assert.deepEqual(schema === undefined ? [] : complaints(schema, readJson(descriptor)), []);
      }
    });

    it("would be found invalid if a manifest had no layers", () => {
      assert.notDeepEqual(complaints("image-manifest-schema.json", { schemaVersion: 2, config: {}, layers: [] }), []);
    });

    it("has blobs of the size and the digest that their descriptors state, and no others", () => {
      const descriptors = everyDescriptor();
      for (const descriptor of descriptors) {
        assert.equal(readBlob(LAYOUT, descriptor).length, descriptor.size);
      }
      assert.deepEqual(
        globSync("*", { cwd: `${LAYOUT}/blobs/sha256` }).toSorted(),
        [...new Set(descriptors.map(({ digest }) => digest.replace("sha256:", "")))].toSorted(),
      );
    });

    it("has one image for amd64 and arm64, by the name of the release", () => {
      const [image, ...others] = topIndex().manifests;
      assert.deepEqual(others, []);
      assert.deepEqual(image?.annotations, {
        "io.containerd.image.name": `ghcr.io/open-component-model/images/service-provider-ocm:${VERSION}`,
        "org.opencontainers.image.ref.name": VERSION,
      });
      assert.deepEqual(
        images().map(({ platform }) => platform),
        ["amd64", "arm64"].map((architecture) => ({ architecture, os: "linux" })),
      );
    });

    it("starts the program, as the user 65532 and in the root folder, on each platform", () => {
      for (const { platform, config } of images()) {
        assert.deepEqual([config.architecture, config.os], [platform?.architecture, "linux"]);
        const { Labels: _, ...others } = config.config;
        assert.deepEqual(others, {
          User: "65532:65532",
          Env: ["PATH=/usr/bin", "MALLOC_ARENA_MAX=2"],
          Entrypoint: ["/usr/bin/node", "/app/service-provider-ocm.mjs"],
          WorkingDir: "/",
        });
      }
    });

    it("has two layers, whose archives have the digests that the configuration states", () => {
      for (const { manifest, config } of images()) {
        const found = manifest.layers.map((layer) => sha256(zstdDecompressSync(readBlob(LAYOUT, layer))));
        assert.deepEqual(found, config.rootfs.diff_ids);
        assert.equal(config.history.length, 2);
      }
    });

    it("says what it is and of which commit, alike in labels and annotations", () => {
      const { name, description, license } = parse("package.json") as Readonly<Record<string, string>>;
      const expected = {
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.licenses": license,
        "org.opencontainers.image.source": "https://github.com/open-component-model/service-provider-ocm",
        "org.opencontainers.image.version": VERSION,
      };
      for (const { manifest, config } of images()) {
        const { "org.opencontainers.image.revision": revision, ...labels } = config.config["Labels"] as Record<
          string,
          string
        >;
        assert.deepEqual(labels, expected);
        assert.match(revision ?? "", /^[0-9a-f]{40}$/u);
        assert.deepEqual((manifest as Index & Manifest).annotations, config.config["Labels"]);
      }
    });

    function complaints(schema: string, value: unknown): readonly unknown[] {
      ajv.validate(schema, value);
      return ajv.errors ?? [];
    }
  },
);

/** The schemas by the names of their files; ajv does not know the draft that they are written in, only what they use. */
function schemas(): Ajv {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const file of globSync("*.json", { cwd: SCHEMAS })) {
    const text = readFileSync(`${SCHEMAS}/${file}`, "utf8").replace(/"(?:id|\$schema)": "https?:[^"]*",?/gu, "");
    ajv.addSchema(JSON.parse(text) as object, file);
  }
  return ajv;
}

function topIndex(): Index {
  return parse(`${LAYOUT}/index.json`) as Index;
}

function images(): readonly (Descriptor & { readonly manifest: Manifest; readonly config: Config })[] {
  return topIndex()
    .manifests.flatMap((index) => (readJson(index) as Index).manifests)
    .map((descriptor) => {
      const manifest = readJson(descriptor) as Manifest;
      return { ...descriptor, manifest, config: readJson(manifest.config) as Config };
    });
}

function everyDescriptor(): readonly Descriptor[] {
  const indexes = topIndex().manifests;
  const parts = images().flatMap(({ manifest, ...descriptor }) => [descriptor, manifest.config, ...manifest.layers]);
  return [...indexes, ...parts];
}

function readJson(descriptor: Descriptor): unknown {
  return JSON.parse(readBlob(LAYOUT, descriptor).toString());
}

function parse(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
