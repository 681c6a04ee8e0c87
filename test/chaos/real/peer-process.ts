import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const INODE_COLUMN = 9;
const LOCAL_COLUMN = 1;

/** Finds, among some processes of this machine, the one to which a TCP port on 127.0.0.1 belongs (Linux only). */
export function processAt(port: number, pids: readonly number[]): number | undefined {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inode = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/u))
    .find((columns) => columns[LOCAL_COLUMN] === address)?.[INODE_COLUMN];
  return inode === undefined ? undefined : pids.find((pid) => holds(pid, `socket:[${inode}]`));
}

function holds(pid: number, file: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => leadsTo(`${folder}/${descriptor}`, file));
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

function leadsTo(path: string, file: string): boolean {
  try {
    return readlinkSync(path) === file;
  } catch {
    // Closed meanwhile.
    return false;
  }
}
