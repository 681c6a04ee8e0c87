import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const COMMAND = "kubectl";

/** Says whether this machine has a kubectl. */
export const hasKubectl: boolean = (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
  try {
    accessSync(join(folder, COMMAND), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

/** What kubectl prints for a path of the API; undefined when it fails. */
export function getWithKubectl(env: NodeJS.ProcessEnv, path: string, timeout = "20s"): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const options = { env: { PATH: process.env["PATH"], ...env } };
  const child = execFile(COMMAND, ["get", "--raw", path, `--request-timeout=${timeout}`], options, (error, stdout) => {
    resolve(error === null ? stdout : undefined);
  });
  child.stdin?.end();
  return promise;
}
