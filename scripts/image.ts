import { readFileSync } from "node:fs";
import { commitOfSources, timeOfSources } from "./build/sources.ts";
import { buildImage } from "./image/build-image.ts";

const FOLDER = "dist/image";

process.chdir(new URL("..", import.meta.url).pathname);

const { index, images } = await buildImage(
  {
    program: "dist",
    version: readFileSync("VERSION", "utf8").trim(),
    revision: commitOfSources(),
    created: timeOfSources(),
  },
  FOLDER,
);
console.log(`${FOLDER}: ${index.digest}`);
for (const { architecture, manifest, layers } of images) {
  const sizes = layers.map(({ size }) => `${(size / 1e6).toFixed(2)} MB`);
  console.log(`  ${architecture}: ${manifest.digest}, layers of ${sizes.join(" and ")}`);
}
