import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

import type { World } from "./world.ts";

const BUNDLE = new URL("../../dist/service-provider-ocm.mjs", import.meta.url).pathname;

/** What a command of the program has answered. */
export type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a command of the shipped bundle with the platform's kubeconfig, as an operator does, to its end. */
export async function answerOf(
  { ground }: Pick<World, "ground">,
  words: readonly string[],
  input: string = "",
): Promise<Answer> {
  return answerOfProcess(programOf({ ground }, words), input);
}

/** The same command as a process. */
export function programOf({ ground }: Pick<World, "ground">, words: readonly string[]): Program {
  const { PATH = "" } = process.env;
  const env = { PATH, KUBECONFIG: ground.platform.kubeconfigPath, POD_NAMESPACE: "openmcp-system" };
  return { path: process.execPath, args: [BUNDLE, ...words], env };
}

type Program = { readonly path: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };

/** Runs a process to its end. Nothing of this process's environment gets in. */
export async function answerOfProcess({ path, args, env }: Program, input: string = ""): Promise<Answer> {
  const child = spawn(path, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  const closed = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  child.stdin.on("error", () => undefined).end(input);
  const [status, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { status, stdout, stderr };
}
