const BLOCK = 512;

/** A regular file of an archive. */
export type TarFile = { readonly path: string; readonly content: Uint8Array };

/** Writes a tar archive in ustar format. The same files give the same bytes: nothing of the machine or the time is in. */
export function tar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ path, content }) => [header(path, content.length), content, padding(content.length)]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(path) > 100) {
    throw new Error(`expected a path of at most 100 bytes, found ${path}`);
  }
  block.write(path, 0);
  block.write("0000644\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  // The checksum is computed as if its own field consisted of spaces.
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\0", 257);
  block.write("00", 263);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
