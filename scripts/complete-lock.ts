import { readFileSync, writeFileSync } from "node:fs";
import { completeLock, type Lock, missingFrom } from "./lock/complete-lock.ts";

const path = "package-lock.json";
const lock = JSON.parse(readFileSync(path, "utf8")) as Lock;
writeFileSync(path, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
console.log(`${path}: ${missingFrom(lock).length} packages added`);
