import { join, resolve } from "node:path";
import { imageEntries } from "./image/entries.ts";
import { platforms } from "./image/platforms.ts";
import { writeEntries } from "./image/write-entries.ts";

// Writes the files of the image to two folders, for the Containerfile: what is below the program, and the program.
const [, , architecture, given = ""] = process.argv;
const folder = resolve(given);
process.chdir(new URL("..", import.meta.url).pathname);

const platform = platforms.find((candidate) => candidate.architecture === architecture);
if (platform === undefined || given === "") {
  const known = platforms.map((candidate) => candidate.architecture).join("|");
  throw new Error(
    `expected image-files.ts ${known} FOLDER, found ${process.argv.slice(2).join(" ") || "no arguments"}`,
  );
}
const { base, program } = await imageEntries(platform, "dist");
writeEntries(base, join(folder, "base"));
writeEntries(program, join(folder, "program"));
