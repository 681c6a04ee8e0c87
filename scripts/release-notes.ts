import { readFileSync } from "node:fs";
import { releaseNotes } from "./release/notes.ts";
import { checkTag } from "./release/version.ts";

// npm run release-notes -- v1.2.3: prints the notes of a tag, or fails when it must not be released.
const [tag = ""] = process.argv.slice(2);
checkTag(tag, readFileSync("VERSION", "utf8").trim());
console.log(releaseNotes(readFileSync("CHANGELOG.md", "utf8"), tag));
