import { readFile } from "node:fs/promises";

const PROGRAM = "service-provider-ocm: ";

/** The lines with which a command says why it has failed, without the program's name. */
export async function failureLinesOf(logPath: string): Promise<readonly string[]> {
  const lines = (await readFile(logPath, "utf8")).split("\n");
  return lines.filter((line) => line.startsWith(PROGRAM)).map((line) => line.slice(PROGRAM.length));
}
