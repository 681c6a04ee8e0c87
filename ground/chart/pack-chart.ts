import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";

/** A chart as Helm stores it in a registry. */
export type PackedChart = {
  readonly name: string;
  readonly version: string;
  /** Gzipped tar archive. */
  readonly archive: Buffer;
};

const TEMPLATE = join(import.meta.dirname, "template");
const NAME = "chart";
const VERSION_LINES = /^(?<key>version|appVersion): .*$/gmu;

/** Packs the chart in the given version. The same version gives the same bytes. */
export async function packChart(version: string): Promise<PackedChart> {
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(TEMPLATE.length + 1))
    .toSorted();
  const files = await Promise.all(
    paths.map(async (path) => {
      const body = await readVersioned(path, version);
      return { header: { name: `${NAME}/${path}`, size: body.length, mtime: new Date(0) }, body };
    }),
  );
  return { name: NAME, version, archive: gzipSync(await packTar(files)) };
}

async function readVersioned(path: string, version: string): Promise<Buffer> {
  const content = await readFile(join(TEMPLATE, path));
  if (path !== "Chart.yaml") {
    return content;
  }
  return Buffer.from(content.toString().replaceAll(VERSION_LINES, `$<key>: "${version}"`));
}
