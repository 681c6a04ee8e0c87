import { readFile } from "node:fs/promises";

/** A line of the provider's log. */
export type LogEntry = Readonly<
  Partial<Record<"level" | "kind" | "object" | "from" | "to" | "reason" | "message", string>>
> & { readonly err?: { readonly message: string } };

/** Reads the lines that a provider has logged in JSON until now. */
export async function readLogEntries(logPath: string): Promise<readonly LogEntry[]> {
  const text = await readFile(logPath, "utf8");
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as LogEntry);
}
