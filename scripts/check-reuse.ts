import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache/cache-folder.ts";

// The reuse tool exists in Python only. It lives in the cache, one folder for each set of versions.
const requirements = "scripts/reuse/requirements.txt";
const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
const environment = join(cacheFolder(), `reuse-${version}`);

if (!existsSync(join(environment, "installed"))) {
  install();
}
process.exitCode = runTool(join(environment, "bin", "reuse"), ["lint", "--lines"]);
console.log(process.exitCode === 0 ? "reuse: compliant" : "reuse: not compliant");

function install(): void {
  console.log(`reuse: installing into ${environment}`);
  rmSync(environment, { recursive: true, force: true });
  mustRun("python3", ["-m", "venv", environment]);
  mustRun(join(environment, "bin", "pip"), [
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--requirement",
    requirements,
  ]);
  // Written last: an installation that was interrupted does not count.
  writeFileSync(join(environment, "installed"), "");
}

function mustRun(command: string, args: readonly string[]): void {
  const code = runTool(command, args);
  if (code !== 0) {
    throw new Error(`expected "${command} ${args.join(" ")}" to succeed, found exit code ${code}`);
  }
}

function runTool(command: string, args: readonly string[]): number {
  const { status, error } = spawnSync(command, [...args], { stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) {
    throw new Error(`cannot run ${command}: the REUSE check needs python3 with its venv module`, { cause: error });
  }
  return status ?? 1;
}
