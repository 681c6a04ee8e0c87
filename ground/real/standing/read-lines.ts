import type { Socket } from "node:net";
import { createInterface } from "node:readline";

/** Hands on each line of JSON that comes from a socket. */
export function readLines(socket: Socket, take: (message: unknown) => void): void {
  createInterface({ input: socket }).on("line", (line) => take(JSON.parse(line)));
}

/** Sends one line of JSON, unless the other side is gone. */
export function sendLine(socket: Socket, message: object): void {
  if (socket.writable) {
    socket.write(`${JSON.stringify(message)}\n`);
  }
}
