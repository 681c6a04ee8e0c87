import { spawnSync } from "node:child_process";

import { readOptions } from "./support/options.ts";

// Asks every question, one after the other: each in a process of its own, so that none finds what another left behind.

const QUESTIONS = ["startup", "status-latency", "tenants", "failover", "scrape", "answers", "render-diff"];

const args = process.argv.slice(2);
const isReal = args.includes("--real");
if (!isReal) {
  readOptions(args);
}
for (const question of isReal ? ["real"] : QUESTIONS) {
  const program = new URL(`./${question}.ts`, import.meta.url).pathname;
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: "inherit" });
  if (status !== 0) {
    throw new Error(`expected ${question} to end with 0, found ${status}`);
  }
}
