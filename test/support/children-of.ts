import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process that another one has started. */
export type Child = { readonly pid: number; readonly command: string };

type Line = Child & { readonly parent: number };

/** What a process has started and what of that still runs. */
export function childrenOf(parent: number): readonly Child[] {
  const all = process.platform === "linux" ? readProc() : readPs();
  return all.filter((line) => line.parent === parent).map(({ pid, command }) => ({ pid, command }));
}

// Small images of Linux come without ps.
function readProc(): readonly Line[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return pids.flatMap((pid) => {
    try {
      const [, parent = ""] = /\) [^ZX] (\d+) /u.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return parent === "" ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

function readPs(): readonly Line[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parent, ...command] = line.trim().split(/\s+/u);
    return { pid: Number(pid), parent: Number(parent), command: command.join(" ") };
  });
}
