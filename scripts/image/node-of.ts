import { createHash } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { arch, platform as system } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../cache/cache-folder.ts";
import { readDebianPins } from "./debian-pins.ts";
import { readDebianPackage } from "./debian-package.ts";
import { fetchDebianPackage } from "./downloads.ts";
import type { Entry } from "./layer.ts";
import { type Platform, platforms } from "./platforms.ts";
import { writeEntries } from "./write-entries.ts";

/**
 * The command that runs the Node of an image on this machine: its path, after that of an emulator where it needs one.
 *
 * `root` is where the base of the image is unpacked.
 */
export async function nodeOf(platform: Platform, root: string): Promise<readonly string[]> {
  const node = join(root, "usr/bin/node");
  return hostPlatform() === platform ? [node] : [await provideEmulator(platform), "-L", root, node];
}

function hostPlatform(): Platform {
  const host = platforms.find(({ nodePackage }) => nodePackage === `node-${system()}-${arch()}`);
  if (host === undefined) {
    throw new Error(
      `expected Linux on x64 or arm64 to build the image on, found ${system()} on ${arch()}: ` +
        "the compile cache in the image is made by the image's own Node",
    );
  }
  return host;
}

/** Unpacks the base of an image, unless it has been unpacked before, and returns the folder. */
export function unpackBase(entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const entry of entries) {
    hash.update(JSON.stringify({ ...entry, content: undefined }));
    hash.update(entry.type === "file" ? entry.content : "");
  }
  const root = join(cacheFolder(), "roots", hash.digest("hex").slice(0, 16));
  writeOnce(root, entries);
  return root;
}

/** Path of the program that runs another platform's programs on this machine; it needs no other file. */
export async function provideEmulator({ emulator: name }: Platform): Promise<string> {
  const host = hostPlatform();
  const { snapshot, emulator } = readDebianPins();
  const pin = emulator.find(({ architecture }) => architecture === host.architecture);
  if (pin === undefined) {
    throw new Error(`expected an emulator for ${host.architecture} among the pinned packages, found none`);
  }
  const folder = join(cacheFolder(), "emulators", pin.sha256.slice(0, 16));
  const path = join(folder, "usr/bin", name);
  if (!existsSync(path)) {
    const deb = await fetchDebianPackage(pin, snapshot);
    const { entries } = await readDebianPackage(deb, (file) => file === `usr/bin/${name}`);
    writeOnce(folder, entries);
  }
  return path;
}

/** Writes files into a folder that is there as a whole or not at all. */
function writeOnce(folder: string, entries: readonly Entry[]): void {
  if (existsSync(folder)) {
    return;
  }
  const unfinished = `${folder}.${process.pid}`;
  writeEntries(entries, unfinished);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    // Somebody else was quicker.
    if (!existsSync(folder)) {
      throw error;
    }
  }
}
