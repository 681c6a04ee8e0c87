import { spawn } from "node:child_process";

/** Builds the file that is shipped, so that the sandbox runs what the sources say now. */
export async function buildBundle(signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, ["scripts/build.ts"], { stdio: ["ignore", "inherit", "inherit"], signal });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("exit", resolve).once("error", reject);
  });
  if (code !== 0) {
    throw new Error(`expected scripts/build.ts to make the bundle, found exit code ${code}`);
  }
}
