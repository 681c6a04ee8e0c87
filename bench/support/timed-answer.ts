import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

import type { World } from "../../test/support/world.ts";

const BUNDLE = new URL("../../dist/service-provider-ocm.mjs", import.meta.url).pathname;
const LOOK_EVERY_MS = 5;

/** What one run of a command cost. */
export type AnswerCost = {
  /** From the start of the process to its end. */
  readonly elapsedMs: number;
  /** Until the first byte of the answer. */
  readonly firstByteMs: number;
  readonly bytes: number;
  /** Of the process, all threads. It hardly depends on what else a machine does. */
  readonly cpuMs: number;
  /** Most memory that the process held at a time. */
  readonly residentBytes: number;
};

/** The kubeconfig of the platform that a command is asked about. */
type Asked = { readonly ground: { readonly platform: Pick<World["ground"]["platform"], "kubeconfigPath"> } };

/**
 * Runs a command of the shipped bundle with the kubeconfigs of an administrator. Throws unless it ends with one of the
 * exit codes.
 */
export async function timedAnswer(
  { ground }: Asked,
  words: readonly string[],
  codes: readonly (number | null)[] = [0],
): Promise<AnswerCost> {
  const { PATH = "" } = process.env;
  const env = { PATH, KUBECONFIG: ground.platform.kubeconfigPath, POD_NAMESPACE: "openmcp-system" };
  const startMs = performance.now();
  const child = spawn(process.execPath, [BUNDLE, ...words], { env, stdio: ["ignore", "pipe", "inherit"] });
  let [firstByteMs, bytes, residentBytes, cpuMs] = [0, 0, 0, 0];
  child.stdout.on("data", (part: Buffer) => {
    firstByteMs ||= performance.now() - startMs;
    bytes += part.length;
  });
  const timer = setInterval(() => {
    residentBytes = Math.max(residentBytes, peakOf(child.pid));
    cpuMs = Math.max(cpuMs, cpuOf(child.pid));
  }, LOOK_EVERY_MS);
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  clearInterval(timer);
  if (!codes.includes(code)) {
    throw new Error(`expected "${words.join(" ")}" to end with ${codes.join(" or ")}, found ${code}`);
  }
  return { elapsedMs: performance.now() - startMs, firstByteMs, bytes, residentBytes, cpuMs };
}

/** Most memory that a process has held so far, in bytes. On Linux only, as what the kernel tells of a process. */
export function peakOf(pid: number | undefined): number {
  const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/mu.exec(toldOf(pid, "status")) ?? [];
  return Number(kilobytes) * 1024;
}

function cpuOf(pid: number | undefined): number {
  const [, fields = ""] = toldOf(pid, "stat").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return 10 * (user + system);
}

function toldOf(pid: number | undefined, file: "stat" | "status"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
