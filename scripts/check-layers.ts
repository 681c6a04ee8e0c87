import { globSync, readFileSync } from "node:fs";
import { checkLayers } from "./layers/check.ts";

const files = globSync("{src,sim,ground,sandbox,test,bench,scripts,examples}/**/*.ts").map((file) =>
  file.replaceAll("\\", "/"),
);
const complaints = checkLayers(new Map(files.map((file) => [file, readFileSync(file, "utf8")])));

for (const complaint of complaints) {
  console.error(complaint);
}
console.log(`layers: ${files.length} files, ${complaints.length} complaints`);
process.exitCode = files.length > 0 && complaints.length === 0 ? 0 : 1;
