import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

// Runs every check, also after one has failed: whoever mends them wants to see all.
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> };
const failed: string[] = [];

for (const name of Object.keys(scripts).filter((script) => script.startsWith("check:"))) {
  console.log(`== ${name}`);
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, ["--run", name], { stdio: ["ignore", "inherit", "inherit"] });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`== ${name}: ${status === 0 ? "passed" : "FAILED"}, ${seconds} s\n`);
  if (status !== 0) {
    failed.push(name);
  }
}

console.log(failed.length === 0 ? "every check passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
