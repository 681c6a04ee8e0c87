import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { cacheFolder } from "../cache/cache-folder.ts";
import { type Layer, sha256 } from "./layout.ts";

const LEVEL = 19;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Compresses the archive of a layer. */
export async function compressLayer(archive: Buffer): Promise<Layer> {
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 };
  return { blob: await compress(archive, { params }), diffId: sha256(archive) };
}

/** Compresses an archive, and keeps the layer for the next time: that of Node takes a minute. */
export async function compressOnce(archive: Buffer, cache: string = cacheFolder()): Promise<Layer> {
  const diffId = sha256(archive);
  const folder = join(cache, "layers");
  const path = join(folder, `${diffId.replace("sha256:", "")}-zstd-${process.versions["zstd"]}-${LEVEL}`);
  const known = await readFile(path).catch(() => undefined);
  // The name says of which archive it is; only its content proves that.
  if (known !== undefined && (await holds(known, archive))) {
    return { blob: known, diffId };
  }
  const layer = await compressLayer(archive);
  await mkdir(folder, { recursive: true });
  // Others may read the cache, or fill it, at this moment.
  await writeFile(`${path}.${process.pid}`, layer.blob);
  await rename(`${path}.${process.pid}`, path);
  return layer;
}

async function holds(blob: Buffer, archive: Buffer): Promise<boolean> {
  return decompress(blob).then(
    (found) => found.equals(archive),
    () => false,
  );
}
