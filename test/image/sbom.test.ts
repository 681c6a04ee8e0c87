import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import type { Metafile } from "esbuild";
import { unpackTar } from "modern-tar";
import { readBlob, readImage } from "../../ground/image/image-layout.ts";
import { METAFILE, packageFolders } from "../../scripts/build/bundled-packages.ts";
import type { Component } from "../../scripts/sbom/bom.ts";
import { imageBoms, schemaComplaints } from "../../scripts/sbom/image-boms.ts";
import { licenceComplaints } from "../../scripts/sbom/licences.ts";
import { buildImageOnce, LAYOUT } from "../support/image-layout.ts";

/** Content of the files of an image, and targets of its links, by path. */
type Files = ReadonlyMap<string, Buffer>;

async function filesOf(architecture: string): Promise<Files> {
  const { layers } = readImage(LAYOUT, architecture);
  const archives = await Promise.all(
    layers.map((layer) => unpackTar(new Uint8Array(zstdDecompressSync(readBlob(LAYOUT, layer))))),
  );
  const files = archives.flat().filter(({ header }) => header.type !== "directory");
  return new Map(files.map(({ header, data }) => [header.name, Buffer.from(data ?? header.linkname ?? "")]));
}

function textOf(files: Files, path: string): string {
  return (
    files.get(path)?.toString() ?? assert.fail(`expected ${path} in the image, found ${[...files.keys()].join(" ")}`)
  );
}

function fields(control: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from(control.matchAll(/^(\w[\w-]*): (.*)$/gm), ([, key = "", value = ""]) => [key, value]),
  );
}

function kind(components: readonly Component[], prefix: string): readonly Component[] {
  return components.filter((component) => component["bom-ref"].startsWith(prefix));
}

function named({ group, name, version }: Component): string {
  return `${group === undefined ? "" : `${group}/`}${name} ${version}`;
}

buildImageOnce();

for (const { architecture, bom } of imageBoms(new Date(0))) {
  describe(`the SBOM of the image for ${architecture}`, () => {
    const { components } = bom;
    let files: Files;

    before(async () => {
      files = await filesOf(architecture);
    });

    it("is a CycloneDX document of things that may ship", async () => {
      assert.deepEqual(await schemaComplaints(bom), []);
      assert.deepEqual(licenceComplaints(bom), []);
    });

    it("has the packages whose modules are in the program, and no others", () => {
      const { outputs } = JSON.parse(readFileSync(METAFILE, "utf8")) as Metafile;
      const modules = Object.keys(outputs["dist/program.cjs"]?.inputs ?? {});
      const listed = components
        .filter(({ purl = "" }) => purl.startsWith("pkg:npm/"))
        .filter((part) => !isNodePart(part));

      assert.deepEqual(
        new Set(listed.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`))),
        new Set(packageFolders(modules).map((folder) => folder.replace(/.*node_modules\//, ""))),
      );
    });

    it("has the Debian packages that the image says to have, and no others", () => {
      const installed = Array.from(files)
        .filter(([path]) => path.startsWith("var/lib/dpkg/status.d/"))
        .map(([, control]) => fields(control.toString()));

      assert.deepEqual(
        kind(components, "debian:").map(named).toSorted(),
        installed.map((field) => `${field["Package"]} ${field["Version"]}`).toSorted(),
      );
      assert.deepEqual(new Set(installed.map((field) => field["Architecture"])), new Set([architecture]));
    });

    it("has the parts of Node in the versions that Node holds", () => {
      const node = files.get("usr/bin/node") ?? assert.fail("expected Node in the image");
      const parts = kind(components, "node-part:").filter(({ version }) => !node.includes(version));

      assert.deepEqual(parts.map(named), []);
    });

    it("says of each file whose it is", () => {
      const packages = kind(components, "debian:").map(({ name }) => name);
      const owners: readonly RegExp[] = [
        /^app\/(?:[\w.-]+\.[cm]js|LICENSE|THIRD-PARTY-NOTICES\.txt|compile-cache\/.+)$/,
        /^usr\/(?:bin\/node|share\/doc\/node\/LICENSE)$/,
        // base-files, libc6 and libstdc++6 with their like.
        /^usr\/(?:share\/common-licenses\/[\w.-]+|lib\/os-release)$/,
        /^usr\/lib(?:64|\/[\w-]+)?\/(?:ld-linux|lib(?:c|m|dl|pthread|resolv|nss|atomic|gcc_s|stdc\+\+))[\w.+-]*$/,
        /^lib(?:64)?$/,
        // Written by the build of the image.
        /^(?:etc\/(?:passwd|group|nsswitch\.conf|os-release)|usr\/bin\/service-provider-ocm)$/,
      ];

      assert.deepEqual(
        [...files.keys()].filter((path) => {
          const name = /^(?:var\/lib\/dpkg\/status\.d|usr\/share\/doc)\/([^/]+)/.exec(path)?.[1];
          return !packages.includes(name ?? "") && !owners.some((owner) => owner.test(path));
        }),
        [],
      );
    });

    it("comes with the licence of each of its parts", () => {
      const notices = textOf(files, "app/THIRD-PARTY-NOTICES.txt");
      const bundled = components.filter((part) => part.purl?.startsWith("pkg:npm/") === true && !isNodePart(part));
      const system = kind(components, "debian:").filter(({ name }) => !hasCopyright(files, name));

      assert.deepEqual(bundled.filter((part) => !notices.includes(`${named(part)} (`)).map(named), []);
      assert.deepEqual(system.map(named), []);
      assert.match(textOf(files, "usr/share/doc/node/LICENSE"), /OpenSSL, located at deps\/openssl/);
    });
  });
}

function isNodePart(component: Component): boolean {
  return component["bom-ref"].startsWith("node-part:");
}

/** Packages of one source share a folder of Debian's documentation, to which a link of each of the others leads. */
function hasCopyright(files: Files, name: string): boolean {
  const folder = "usr/share/doc";
  const target = files.get(`${folder}/${name}`)?.toString() ?? name;
  return files.has(`${folder}/${target}/copyright`);
}
