import { spawnSync } from "node:child_process";
import { type AuditOutput, judgeAudit } from "./audit/findings.ts";
import { bundledPackages } from "./build/bundled-packages.ts";

// Fails on findings only: a registry that does not answer audits, as many mirrors do not, says nothing about packages.
const { stdout, error } = spawnSync("npm", ["audit", "--json"], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "ignore"],
});
if (error !== undefined) {
  throw new Error("cannot run npm audit", { cause: error });
}
const verdict = judgeAudit(JSON.parse(stdout) as AuditOutput, new Set(bundledPackages().map(({ name }) => name)));

if (verdict.kind === "unanswered") {
  // Registries put their address into the reason.
  console.log(`audit: skipped, the registry gave no answer: ${verdict.why.replace(/ - .*$/su, "")}`);
} else {
  for (const complaint of verdict.complaints) {
    console.error(complaint);
  }
  console.log(`audit: ${verdict.complaints.length} complaints`);
  process.exitCode = verdict.complaints.length === 0 ? 0 : 1;
}
