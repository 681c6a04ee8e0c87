import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { GroundCluster } from "../../ground/ground.ts";
import type { WritingCost } from "./plain-writer.ts";

const PROGRAM = new URL("./plain-writer.ts", import.meta.url).pathname;

/** Has a process of its own write OCM objects and their statuses, with nothing to decide and nothing to wait for. */
export async function writePlainly(
  { kubeconfigPath }: GroundCluster,
  { objects, writesEach }: { readonly objects: number; readonly writesEach: number },
): Promise<WritingCost> {
  const args = [PROGRAM, kubeconfigPath, String(objects), String(writesEach)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as WritingCost;
}
