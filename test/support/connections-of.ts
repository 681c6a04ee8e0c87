import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The ports of a process's TCP sockets: those that it listens on, and those of its peers. */
export type Connections = { readonly listening: readonly number[]; readonly peers: readonly number[] };

/** The kernel's word for a socket that listens, as /proc/net/tcp has it. */
const LISTEN = "0A";

/** Reads from Linux which ports a process listens on, and which ones it is connected to. */
export function connectionsOf(pid: number): Connections {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => inodeOf(pid, fd)));
  const sockets = ["tcp", "tcp6"]
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, "utf8").trimEnd().split("\n").slice(1))
    .map((row) => row.trim().split(/\s+/u))
    .filter(([, , , , , , , , , inode = ""]) => own.has(inode));
  const listening = sockets.filter(([, , , state]) => state === LISTEN).map(([, local]) => portOf(local));
  // What others have opened ends at a port on which the process listens.
  const opened = sockets.filter(([, local]) => !listening.includes(portOf(local)));
  return { listening, peers: opened.map(([, , peer]) => portOf(peer)) };
}

function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(":")[1] ?? "", 16);
}

// A file may be closed while the others are read.
function inodeOf(pid: number, fd: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/u.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
  } catch {
    return undefined;
  }
}
