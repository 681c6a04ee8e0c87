import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { DEBIAN_PINS, readDebianPins } from "./debian-pins.ts";
import { type DebianContent, readDebianPackage } from "./debian-package.ts";
import { type DebianPin, fetchDebianPackage, fetchNpmPackage, type NpmPin } from "./downloads.ts";
import { librariesOf, strip } from "./elf.ts";
import type { Entry } from "./layer.ts";
import type { Platform } from "./platforms.ts";

type Lock = { readonly packages: Readonly<Record<string, Omit<NpmPin, "name">>> };
type Installed = DebianContent & { readonly pin: DebianPin };

// The licences that the copyright files of the libraries refer to.
const LICENCES = ["GPL-2", "GPL-3", "GFDL-1.3", "LGPL-2.1", "LGPL-3"].map(
  (name) => `usr/share/common-licenses/${name}`,
);

const USER = 65532;

const SETTINGS: readonly Entry[] = [
  textFile("etc/passwd", `root:x:0:0:root:/:/nonexistent\nnonroot:x:${USER}:${USER}:nonroot:/:/nonexistent\n`),
  textFile("etc/group", `root:x:0:\nnonroot:x:${USER}:\n`),
  textFile("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
  ...["dev", "proc", "sys"].map((path) => ({ type: "directory", path, mode: 0o755 }) as const),
  { type: "directory", path: "tmp", mode: 0o1777 },
];

function nodePin({ nodePackage: name }: Platform): NpmPin {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
  const locked = packages[`node_modules/${name}`];
  if (locked === undefined) {
    throw new Error(`expected ${name} in package-lock.json, found none`);
  }
  return { name, version: locked.version, integrity: locked.integrity };
}

/** Collects what is below the program: Node, the libraries that Node needs, their licences, and the user. */
export async function baseEntries(platform: Platform): Promise<readonly Entry[]> {
  const { snapshot, image } = readDebianPins();
  const pins = image.filter(({ architecture }) => architecture === platform.architecture);
  const installed = await Promise.all(
    pins.map(async (pin) => ({ ...(await readDebianPackage(await fetchDebianPackage(pin, snapshot))), pin })),
  );
  const nodeFiles = await readNodePackage(await fetchNpmPackage(nodePin(platform)));
  return [
    ...SETTINGS,
    ...nodeFiles.entries,
    ...usedLibraries(nodeFiles.binary, installed),
    ...installed.flatMap(({ entries }) => entries.filter(isWanted)),
    ...installed.map(({ pin, control }) => textFile(`var/lib/dpkg/status.d/${pin.name}`, control)),
  ];
}

async function readNodePackage(tgz: Buffer): Promise<{ readonly entries: readonly Entry[]; readonly binary: Buffer }> {
  const wanted = new Set(["package/bin/node", "package/LICENSE"]);
  const files = await unpackTar(gunzipSync(tgz), { filter: ({ name }) => wanted.has(name) });
  const [binary, licence] = [...wanted].map((path) => files.find(({ header }) => header.name === path)?.data);
  if (binary === undefined || licence === undefined) {
    throw new Error(`expected ${[...wanted].join(" and ")} in Node's package, found ${files.length} of them`);
  }
  const stripped = strip(Buffer.from(binary));
  return {
    entries: [
      { type: "file", path: "usr/bin/node", mode: 0o755, content: stripped },
      { type: "file", path: "usr/share/doc/node/LICENSE", mode: 0o644, content: licence },
    ],
    binary: stripped,
  };
}

/** The libraries that a program loads, those that they load in turn, and the links that lead to them. */
function usedLibraries(program: Buffer, installed: readonly Installed[]): readonly Entry[] {
  const used = new Map<string, Entry>();
  const take = (name: string): void => {
    const found = installed.flatMap(({ entries }) => entries.filter(({ path }) => path.endsWith(`/${name}`)));
    if (found.length === 0) {
      throw new Error(`expected ${name} in a package of ${DEBIAN_PINS}, found it in none`);
    }
    for (const entry of found.filter(({ path }) => !used.has(path))) {
      used.set(entry.path, entry);
      const next = entry.type === "file" ? librariesOf(Buffer.from(entry.content)) : [baseName(entry)];
      next.forEach(take);
    }
  };
  librariesOf(program).forEach(take);
  return [...used.values()];
}

function baseName(entry: Entry): string {
  return entry.type === "symlink" ? entry.target.replace(/.*\//u, "") : entry.path;
}

function isWanted({ path }: Entry): boolean {
  return (
    LICENCES.includes(path) ||
    /^usr\/share\/doc\/[^/]+(?:\/copyright)?$/u.test(path) ||
    path === "usr/lib/os-release" ||
    path === "etc/os-release" ||
    // The folders of the merged /usr.
    /^lib(?:64)?$/u.test(path)
  );
}

function textFile(path: string, text: string): Entry {
  return { type: "file", path, mode: 0o644, content: Buffer.from(text) };
}
