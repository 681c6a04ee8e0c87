import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { type TarHeader, unpackTar } from "modern-tar";

import { readBlob, readImage } from "../../ground/image/image-layout.ts";
import { LAYOUT } from "../support/image-layout.ts";

const MAX_BYTES = 36_000_000;
const MAX_PROGRAM_BYTES = 1_500_000;

type File = { readonly header: TarHeader; readonly data?: Uint8Array };

const platforms = [
  { architecture: "amd64", triplet: "x86_64-linux-gnu", linker: "usr/lib64/ld-linux-x86-64.so.2", links: ["lib64"] },
  { architecture: "arm64", triplet: "aarch64-linux-gnu", linker: "usr/lib/ld-linux-aarch64.so.1", links: [] },
] as const;

const skip =
  existsSync(`${LAYOUT}/index.json`) || process.env["CI"] === "true" ? false : `there is no ${LAYOUT}: npm run image`;

for (const { architecture, triplet, linker, links } of platforms) {
  describe(`the image for ${architecture}`, { skip }, () => {
    let base: readonly File[];
    let program: readonly File[];
    before(async () => {
      const layers = await Promise.all(readImage(LAYOUT, architecture).layers.map(unpackLayer));
      [base = [], program = []] = layers;
    });

    it("has Node, the libraries that Node loads, and licences below the program", () => {
      const libraries = [
        "libatomic.so.1",
        "libatomic.so.1.2.0",
        "libc.so.6",
        "libdl.so.2",
        "libgcc_s.so.1",
        "libm.so.6",
      ];
      const cxx = ["libpthread.so.0", "libstdc++.so.6", "libstdc++.so.6.0.33"];
      const linkerFile = linker.replace(/^.*\//u, "");
      assert.deepEqual(
        namesOf(base),
        [
          "etc/group",
          "etc/nsswitch.conf",
          "etc/os-release",
          "etc/passwd",
          "lib",
          ...links,
          "usr/bin/node",
          linker,
          "usr/lib/os-release",
          ...[linkerFile, ...libraries, ...cxx].map((name) => `usr/lib/${triplet}/${name}`),
          ...["GFDL-1.3", "GPL-2", "GPL-3", "LGPL-2.1", "LGPL-3"].map((name) => `usr/share/common-licenses/${name}`),
          ...["base-files", "gcc-14-base", "libc6"].map((name) => `usr/share/doc/${name}/copyright`),
          ...["libatomic1", "libgcc-s1", "libstdc++6"].map((name) => `usr/share/doc/${name}`),
          "usr/share/doc/node/LICENSE",
          ...["base-files", "gcc-14-base", "libatomic1", "libc6", "libgcc-s1", "libstdc++6"].map(
            (name) => `var/lib/dpkg/status.d/${name}`,
          ),
        ].toSorted(),
      );
    });

    it("has the bundle, its compile cache and its licences as the program", () => {
      const cache = namesOf(program).filter((name) => name.startsWith("app/compile-cache/"));
      assert.equal(cache.length, 1);
      const names = ["LICENSE", "THIRD-PARTY-NOTICES.txt", "program.cjs", "service-provider-ocm.mjs"];
      const command = "usr/bin/service-provider-ocm";
      assert.deepEqual(namesOf(program), [...names.map((name) => `app/${name}`), ...cache, command].toSorted());
      for (const name of names.filter((file) => file !== "LICENSE")) {
        assert.deepEqual(contentOf(program, `app/${name}`), readFileSync(`dist/${name}`), "the bundle was built anew");
      }
    });

    it("lets only Node, the command that starts Node, and the dynamic linker's files be executed", () => {
      const executable = [...base, ...program].filter(
        ({ header }) => header.type === "file" && ((header.mode ?? 0) & 0o111) !== 0,
      );
      assert.deepEqual(namesOf(executable), [
        "usr/bin/node",
        "usr/bin/service-provider-ocm",
        `usr/lib/${triplet}/${linker.replace(/^.*\//u, "")}`,
        `usr/lib/${triplet}/libc.so.6`,
      ]);
    });

    it("belongs to root, and gives nobody else's rights and no place to write but /tmp", () => {
      const all = [...base, ...program];
      assert.deepEqual(new Set(all.map(({ header }) => `${header.uid}:${header.gid}`)), new Set(["0:0"]));
      const writable = all.filter(({ header: { type, mode = 0 } }) => type !== "symlink" && (mode & 0o6022) !== 0);
      assert.deepEqual(
        writable.map(({ header }) => [header.name, header.mode]),
        [["tmp/", 0o1777]],
      );
    });

    it("has no time of its build in its files", () => {
      const times = new Set([...base, ...program].map(({ header }) => header.mtime?.getTime()));
      assert.deepEqual(times, new Set([0]));
    });

    it("has empty folders for what a container runtime mounts", () => {
      const names = base.map(({ header }) => header.name);
      assert.deepEqual(
        ["dev/", "proc/", "sys/"].filter((folder) => !names.includes(folder)),
        [],
      );
    });

    it("names its user in /etc/passwd, without a shell", () => {
      const { user } = readImage(LAYOUT, architecture).config;
      assert.equal(user, "65532:65532");
      assert.match(textOf(base, "etc/passwd"), /^nonroot:x:65532:65532:nonroot:\/:\/nonexistent$/mu);
    });

    it("tells scanners its release of Debian and its packages, as a machine with Debian does", () => {
      assert.match(textOf(base, "usr/lib/os-release"), /^VERSION_ID="13"$/mu);
      const status = textOf(base, "var/lib/dpkg/status.d/libc6");
      assert.match(
        status,
        new RegExp(`^Package: libc6\nSource: glibc\nVersion: .+\nArchitecture: ${architecture}$`, "mu"),
      );
    });

    it("has the licence of each part", () => {
      assert.match(textOf(base, "usr/share/doc/node/LICENSE"), /Node\.js is licensed for use as follows/u);
      assert.match(textOf(base, "usr/share/doc/libc6/copyright"), /GNU Lesser General Public/u);
      assert.match(textOf(base, "usr/share/doc/gcc-14-base/copyright"), /GCC Runtime Library Exception/u);
      assert.match(textOf(program, "app/LICENSE"), /Apache License/u);
    });

    it(`is at most ${MAX_BYTES / 1e6} MB to fetch, and ${MAX_PROGRAM_BYTES / 1e6} MB when only the program is new`, () => {
      const sizes = readImage(LAYOUT, architecture).layers.map((layer) => readBlob(LAYOUT, layer).length);
      assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= MAX_BYTES, `${sizes.join(" + ")} bytes`);
      assert.ok((sizes[1] ?? Infinity) <= MAX_PROGRAM_BYTES, `${sizes[1]} bytes`);
    });
  });
}

async function unpackLayer(layer: Parameters<typeof readBlob>[1]): Promise<readonly File[]> {
  return unpackTar(zstdDecompressSync(readBlob(LAYOUT, layer)));
}

function namesOf(files: readonly File[]): readonly string[] {
  return files
    .filter(({ header }) => header.type !== "directory")
    .map(({ header }) => header.name)
    .toSorted();
}

function contentOf(files: readonly File[], name: string): Buffer {
  const data = files.find(({ header }) => header.name === name)?.data;
  return Buffer.from(data ?? assert.fail(`there is no ${name}`));
}

function textOf(files: readonly File[], name: string): string {
  return contentOf(files, name).toString();
}
