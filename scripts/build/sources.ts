import { execFileSync } from "node:child_process";

/** The commit of the sources, or nothing when they come without a git checkout. */
export function commitOfSources(): string {
  return git("rev-parse", "HEAD");
}

/** The commit in short, and whether files differ from it; nothing without a git checkout. */
export function stateOfSources(): string {
  // Neither the tags nor the number of objects of a clone may change the bytes of the bundle.
  return git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*");
}

/** When the sources were committed, as SOURCE_DATE_EPOCH or git says: a wall clock would give each build another digest. */
export function timeOfSources(): Date {
  return new Date(Number(process.env["SOURCE_DATE_EPOCH"] ?? git("log", "-1", "--format=%ct")) * 1000);
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}
