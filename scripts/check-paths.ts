import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

// A clone must work, and read the same, on any machine: no home folders, and a lock file that names no host.
const rules = [
  { what: "a path of one machine", pattern: /(?<![\w.$}~-])\/(?:home|Users|root|work)\/[\w.-]+/ },
  { what: "the host of a package registry", pattern: /"resolved": "https?:/ },
];

const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
const complaints = files.flatMap((file) =>
  readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line, index) =>
      rules.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${file}:${index + 1} holds ${what}`),
    ),
);

for (const complaint of complaints) {
  console.error(complaint);
}
console.log(`paths: ${files.length} files, ${complaints.length} complaints`);
process.exitCode = complaints.length === 0 ? 0 : 1;
