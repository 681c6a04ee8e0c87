import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillCompileCache } from "../build/compile-cache.ts";
import { baseEntries } from "./base.ts";
import type { Entry } from "./layer.ts";
import { nodeOf, unpackBase } from "./node-of.ts";
import type { Platform } from "./platforms.ts";

/** Flags with which Node runs in the image. The compile cache is valid for these only. */
const NODE_FLAGS: readonly string[] = [];

/** The process of the image. */
export const ENTRY_POINT: readonly string[] = ["/usr/bin/node", ...NODE_FLAGS, "/app/service-provider-ocm.mjs"];

/** What `kubectl exec` finds by its name. The bundle itself is for machines that have `env`. */
const COMMAND: Entry = {
  type: "file",
  path: "usr/bin/service-provider-ocm",
  mode: 0o755,
  content: Buffer.from(`#!/usr/bin/node\nimport("/app/service-provider-ocm.mjs");\n`),
};

/** The files of an image: of what is below the program, which stays the same for many releases, and of the program. */
export type ImageEntries = { readonly base: readonly Entry[]; readonly program: readonly Entry[] };

/** Collects the files of an image with the program that `scripts/build.ts` has written to `folder`. */
export async function imageEntries(platform: Platform, folder: string): Promise<ImageEntries> {
  const base = await baseEntries(platform);
  const node = await nodeOf(platform, unpackBase(base));
  return { base, program: [COMMAND, ...programFiles(folder), ...compileCache(node, folder)] };
}

function programFiles(folder: string): readonly Entry[] {
  return ["LICENSE", ...globSync(["*.mjs", "*.cjs", "THIRD-PARTY-NOTICES.txt"], { cwd: folder })].map((name) =>
    appFile(name, name === "LICENSE" ? name : join(folder, name)),
  );
}

/** What V8 makes of the program, in the Node of the image and with its flags. */
function compileCache(node: readonly string[], program: string): readonly Entry[] {
  const folder = mkdtempSync(join(tmpdir(), "compile-cache-"));
  try {
    copyFileSync(join(program, "program.cjs"), join(folder, "program.cjs"));
    fillCompileCache([...node, ...NODE_FLAGS], folder);
    return globSync("compile-cache/*", { cwd: folder }).map((name) => appFile(name, join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function appFile(name: string, path: string): Entry {
  return { type: "file", path: `app/${name}`, mode: 0o644, content: readFileSync(path) };
}
