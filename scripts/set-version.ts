import { globSync, readFileSync, writeFileSync } from "node:fs";
import { isRelease, withImage, withVersion } from "./release/version.ts";

// npm run set-version -- v1.2.3: writes the version to every file that states it.
const [version = ""] = process.argv.slice(2);
const kind = isRelease(version) ? "the release" : "the time before the release";
writeFileSync("VERSION", `${version}\n`);
for (const file of ["package.json", "package-lock.json"]) {
  writeFileSync(file, withVersion(readFileSync(file, "utf8"), version));
}
for (const file of ["README.md", ...globSync("deploy/*.yaml")]) {
  writeFileSync(file, withImage(readFileSync(file, "utf8"), version));
}
console.log(`${version}: ${kind}; CHANGELOG.md is yours to write`);
