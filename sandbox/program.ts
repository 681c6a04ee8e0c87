import { spawn } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { whyNotContained } from "../ground/image/contain.ts";
import { type UnpackedImage, unpackImage } from "../ground/image/unpack-image.ts";

const PROGRAM = "dist";
const LAYOUT = "dist/image";
// Written last.
const INDEX = `${LAYOUT}/index.json`;
const UNPACKED = "dist/unpacked";
/** What decides about the image, besides the bundle. */
const RECIPE = ["package-lock.json", "scripts/image/*"];

/** Builds the file that is shipped, so that the sandbox runs what the sources say now. */
export function buildBundle(signal: AbortSignal): Promise<void> {
  return runScript("scripts/build.ts", signal);
}

/** Unpacks the image that is shipped; an image with another bundle, or of an earlier recipe, is built anew. */
export async function provideImage(signal: AbortSignal): Promise<UnpackedImage> {
  const obstacle = whyNotContained();
  if (obstacle !== undefined) {
    throw new Error(`cannot run the provider in its image: ${obstacle}; without --image it runs as it is`);
  }
  const known = isNewerThan(globSync(RECIPE), INDEX) ? undefined : unpackBuiltImage();
  if (known !== undefined && hasPresentBundle(known)) {
    return known;
  }
  await runScript("scripts/image.ts", signal);
  return unpackBuiltImage();
}

/** Unpacks the image that was built last. */
export function unpackBuiltImage(): UnpackedImage {
  return unpackImage(LAYOUT, UNPACKED);
}

/** Whether one of `files` was written after `result`, or there is no result. */
export function isNewerThan(files: readonly string[], result: string): boolean {
  const madeAt = statSync(result, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return files.some((file) => statSync(file).mtimeMs > madeAt);
}

function hasPresentBundle({ layers }: UnpackedImage): boolean {
  return globSync("*.{mjs,cjs}", { cwd: PROGRAM }).every((file) =>
    layers.some((layer) => {
      const inImage = join(layer, "app", file);
      return existsSync(inImage) && readFileSync(inImage).equals(readFileSync(join(PROGRAM, file)));
    }),
  );
}

async function runScript(script: string, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "inherit", "inherit"], signal });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("exit", resolve).once("error", reject);
  });
  if (code !== 0) {
    throw new Error(`expected ${script} to succeed, found exit code ${code}`);
  }
}
