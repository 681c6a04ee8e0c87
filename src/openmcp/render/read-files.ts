import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { UsageError } from "../command/usage-error.ts";
import type { Source } from "./input.ts";

const STANDARD_INPUT = "-";
const ENDINGS = /\.(?:ya?ml|json)$/;

/** Reads the files that `-f` names, and of a folder those with YAML or JSON, as kubectl does. */
export async function readFiles(
  paths: readonly string[],
  readInput: () => Promise<string>,
): Promise<readonly Source[]> {
  if (paths.filter((path) => path === STANDARD_INPUT).length > 1) {
    throw new UsageError("-f: found - twice, expected the standard input once");
  }
  const sources = await Promise.all(
    paths.map(async (path) =>
      path === STANDARD_INPUT ? [{ origin: "standard input", text: await readInput() }] : readPath(path),
    ),
  );
  return sources.flat();
}

async function readPath(path: string): Promise<readonly Source[]> {
  try {
    if (!(await stat(path)).isDirectory()) {
      return [await readSource(path)];
    }
    const names = (await readdir(path)).filter((name) => ENDINGS.test(name)).toSorted();
    return await Promise.all(names.map((name) => readSource(join(path, name))));
  } catch (cause) {
    throw new Error(`-f ${path}: cannot read the file, expected one with Kubernetes objects`, { cause });
  }
}

async function readSource(path: string): Promise<Source> {
  return { origin: path, text: await readFile(path, "utf8") };
}
