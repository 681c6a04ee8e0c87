import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { buildImage } from "./image/build-image.ts";

const FOLDER = "dist/image";

process.chdir(new URL("..", import.meta.url).pathname);

const { index, images } = await buildImage(
  {
    program: "dist",
    version: readFileSync("VERSION", "utf8").trim(),
    revision: git(["rev-parse", "HEAD"]),
    created: new Date(Number(process.env["SOURCE_DATE_EPOCH"] ?? git(["log", "-1", "--format=%ct"])) * 1000),
  },
  FOLDER,
);
console.log(`${FOLDER}: ${index.digest}`);
for (const { architecture, manifest, layers } of images) {
  const sizes = layers.map(({ size }) => `${(size / 1e6).toFixed(2)} MB`);
  console.log(`  ${architecture}: ${manifest.digest}, layers of ${sizes.join(" and ")}`);
}

function git(args: readonly string[]): string {
  try {
    return execFileSync("git", [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}
