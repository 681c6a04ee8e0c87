/** A file of an archive. */
export type ArchivedFile = { readonly name: string; readonly text: string };

const BLOCK_BYTES = 512;
const LONGEST_NAME = 100;
const LONGEST_FOLDER = 155;
/** Offsets of the fields in a header of the format `ustar`. */
const FIELDS = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  checksum: 148,
  type: 156,
  magic: 257,
  folder: 345,
};

/** Packs files into a tar archive, readable by their owner only. */
export function packTar(files: readonly ArchivedFile[], nowMs: number): Buffer {
  const entries = files.flatMap(({ name, text }) => {
    const content = Buffer.from(text, "utf8");
    const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
    return [headerOf(name, content.length, nowMs), content, padding];
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function headerOf(path: string, size: number, nowMs: number): Buffer {
  const end = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, Math.max(0, end)), path.slice(end + 1)];
  if (Buffer.byteLength(name) > LONGEST_NAME || Buffer.byteLength(folder) > LONGEST_FOLDER) {
    throw new Error(`expected a name of at most ${LONGEST_NAME} bytes in a folder of ${LONGEST_FOLDER}, found ${path}`);
  }
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, FIELDS.name);
  header.write(folder, FIELDS.folder);
  header.write(octal(0o600, 7), FIELDS.mode);
  header.write(octal(0, 7), FIELDS.uid);
  header.write(octal(0, 7), FIELDS.gid);
  header.write(octal(size, 11), FIELDS.size);
  header.write(octal(Math.floor(nowMs / 1000), 11), FIELDS.mtime);
  // The checksum is that of a header whose checksum is blank.
  header.write(" ".repeat(8), FIELDS.checksum);
  header.write("0", FIELDS.type);
  header.write("ustar\u000000", FIELDS.magic);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\u0000 `, FIELDS.checksum);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
