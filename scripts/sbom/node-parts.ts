import type { Component, LicenseChoice } from "./bom.ts";

/** How the world names a part of Node. */
type Part = {
  readonly name: string;
  readonly licence: string;
  /** Package URL without its version. */
  readonly purl: string;
  /** Vendor and product of its CPE, by which databases of vulnerabilities know parts that no package manager installs. */
  readonly cpe?: string;
};

const PARTS: Readonly<Record<string, Part>> = {
  acorn: { name: "acorn", licence: "MIT", purl: "pkg:npm/acorn" },
  ada: { name: "ada", licence: "MIT", purl: "pkg:github/ada-url/ada" },
  amaro: { name: "amaro", licence: "MIT", purl: "pkg:npm/amaro" },
  ares: { name: "c-ares", licence: "MIT", purl: "pkg:github/c-ares/c-ares", cpe: "c-ares:c-ares" },
  brotli: { name: "brotli", licence: "MIT", purl: "pkg:github/google/brotli", cpe: "google:brotli" },
  icu: {
    name: "icu",
    licence: "Unicode-3.0",
    purl: "pkg:github/unicode-org/icu",
    cpe: "unicode:international_components_for_unicode",
  },
  libffi: { name: "libffi", licence: "MIT", purl: "pkg:github/libffi/libffi", cpe: "libffi_project:libffi" },
  lief: { name: "lief", licence: "Apache-2.0", purl: "pkg:github/lief-project/lief", cpe: "lief-project:lief" },
  llhttp: { name: "llhttp", licence: "MIT", purl: "pkg:github/nodejs/llhttp", cpe: "llhttp:llhttp" },
  merve: { name: "merve", licence: "MIT", purl: "pkg:github/anonrig/merve" },
  nbytes: { name: "nbytes", licence: "MIT", purl: "pkg:github/nodejs/nbytes" },
  ncrypto: { name: "ncrypto", licence: "MIT", purl: "pkg:github/nodejs/ncrypto" },
  nghttp2: { name: "nghttp2", licence: "MIT", purl: "pkg:github/nghttp2/nghttp2", cpe: "nghttp2:nghttp2" },
  nghttp3: { name: "nghttp3", licence: "MIT", purl: "pkg:github/ngtcp2/nghttp3" },
  ngtcp2: { name: "ngtcp2", licence: "MIT", purl: "pkg:github/ngtcp2/ngtcp2" },
  openssl: { name: "openssl", licence: "Apache-2.0", purl: "pkg:github/openssl/openssl", cpe: "openssl:openssl" },
  simdjson: { name: "simdjson", licence: "Apache-2.0", purl: "pkg:github/simdjson/simdjson", cpe: "simdjson:simdjson" },
  simdutf: { name: "simdutf", licence: "MIT", purl: "pkg:github/simdutf/simdutf" },
  sqlite: { name: "sqlite", licence: "blessing", purl: "pkg:github/sqlite/sqlite", cpe: "sqlite:sqlite" },
  undici: { name: "undici", licence: "MIT", purl: "pkg:npm/undici", cpe: "nodejs:undici" },
  uv: { name: "libuv", licence: "MIT", purl: "pkg:github/libuv/libuv", cpe: "libuv:libuv" },
  uvwasi: { name: "uvwasi", licence: "MIT", purl: "pkg:github/nodejs/uvwasi" },
  v8: { name: "v8", licence: "BSD-3-Clause", purl: "pkg:github/v8/v8", cpe: "google:v8" },
  zlib: { name: "zlib", licence: "Zlib", purl: "pkg:github/madler/zlib", cpe: "zlib:zlib" },
  zstd: { name: "zstd", licence: "BSD-3-Clause", purl: "pkg:github/facebook/zstd", cpe: "facebook:zstandard" },
};

// Numbers of interfaces, and of data that is a part of ICU.
const NO_PARTS: readonly string[] = ["node", "modules", "napi", "unicode", "cldr", "tz"];

/** Describes what Node is built from, as `process.versions` tells it. */
export function nodeParts(versions: Readonly<Record<string, string | undefined>>): readonly Component[] {
  return Object.entries(versions).flatMap(([key, version]) => {
    // Node names parts without a version that this build of Node was made without.
    if (version === undefined || version === "" || NO_PARTS.includes(key)) {
      return [];
    }
    const part = Object.hasOwn(PARTS, key) ? PARTS[key] : undefined;
    if (part === undefined) {
      throw new Error(
        `expected a name and a licence for each part of Node, found none for "${key}" ${version}: ` +
          "add the part to scripts/sbom/node-parts.ts",
      );
    }
    return [describePart(part, version)];
  });
}

/** Describes the Node that runs the program. */
export function describeNode(version: string): Component {
  return describePart(
    { name: "node", licence: "MIT", purl: "pkg:github/nodejs/node", cpe: "nodejs:node.js" },
    version,
    "platform",
  );
}

function describePart(part: Part, version: string, type: Component["type"] = "library"): Component {
  const { name, licence, purl, cpe } = part;
  const license: LicenseChoice = { license: { id: licence } };
  return {
    type,
    name,
    version,
    "bom-ref": `node-part:${name}@${version}`,
    purl: `${purl}@${encodeURIComponent(version)}`,
    // Suffixes like "-node.34" and "-motley-…" are Node's own, and no database knows them.
    ...(cpe === undefined ? {} : { cpe: `cpe:2.3:a:${cpe}:${version.replace(/-.*$/u, "")}:*:*:*:*:*:*:*` }),
    licenses: [license],
  };
}
