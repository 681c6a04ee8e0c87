import { unpackTar } from "modern-tar";
// The package is CommonJS whose exports Node cannot name.
import xz from "xz-decompress";
import type { Entry } from "./layer.ts";

/** What a Debian package brings: its files, and the paragraph that describes it. */
export type DebianContent = { readonly entries: readonly Entry[]; readonly control: string };

const AR_MAGIC = "!<arch>\n";
const AR_HEADER_BYTES = 60;

/** Reads a package file, and those of its files that are wanted: https://manpages.debian.org/stable/dpkg-dev/deb.5.en.html */
export async function readDebianPackage(
  deb: Buffer,
  isWanted: (path: string) => boolean = () => true,
): Promise<DebianContent> {
  const members = readMembers(deb);
  const control = await readArchive(members.get("control.tar.xz"), (path) => path === "control");
  const [description] = control;
  if (description?.type !== "file") {
    throw new Error("expected a file control in the Debian package, found none");
  }
  const entries = await readArchive(members.get("data.tar.xz"), isWanted);
  return { entries, control: Buffer.from(description.content).toString() };
}

function readMembers(deb: Buffer): ReadonlyMap<string, Buffer> {
  if (deb.toString("latin1", 0, AR_MAGIC.length) !== AR_MAGIC) {
    throw new Error("expected a Debian package, found something else");
  }
  const members = new Map<string, Buffer>();
  for (let at = AR_MAGIC.length; at + AR_HEADER_BYTES <= deb.length;) {
    const name = deb.toString("latin1", at, at + 16).trimEnd();
    const size = Number(deb.toString("latin1", at + 48, at + 58));
    members.set(name.replace(/\/$/u, ""), deb.subarray(at + AR_HEADER_BYTES, at + AR_HEADER_BYTES + size));
    at += AR_HEADER_BYTES + size + (size % 2);
  }
  return members;
}

async function readArchive(
  archive: Buffer | undefined,
  isWanted: (path: string) => boolean,
): Promise<readonly Entry[]> {
  if (archive === undefined) {
    throw new Error("expected control.tar.xz and data.tar.xz in the Debian package, found another compression");
  }
  const tar = new xz.XzReadableStream(new Blob([new Uint8Array(archive)]).stream());
  const files = await unpackTar(tar, { filter: ({ name }) => isWanted(plainPath(name)) });
  return files.flatMap(({ header, data }): readonly Entry[] => {
    const path = plainPath(header.name);
    if (header.type === "symlink") {
      return [{ type: "symlink", path, target: header.linkname ?? "" }];
    }
    const mode = header.mode ?? 0o644;
    return header.type === "file" ? [{ type: "file", path, mode, content: data ?? new Uint8Array() }] : [];
  });
}

function plainPath(name: string): string {
  return name.replace(/^\.\//u, "").replace(/\/$/u, "");
}
