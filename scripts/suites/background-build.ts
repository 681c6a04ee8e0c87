import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";

const BUILD = "ground/real/build.ts";

/** Says what will be built for the real suites and how long that takes; throws when it cannot be built. */
export async function announceBuild(signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [BUILD, "--plan"], { stdio: ["ignore", "inherit", "inherit"], signal });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) {
    throw new Error("expected real servers to run on, found that they cannot be built; npm test needs none");
  }
}

/** The build of the real ground's binaries, running beside other work. */
export type BackgroundBuild = {
  /** Shows the progress from now on and resolves when every binary is there. */
  finished(): Promise<void>;
};

/** Starts building what the real suites need, with low priority and silently until someone waits for it. */
export function startBackgroundBuild(signal: AbortSignal): BackgroundBuild {
  const child = spawn(process.execPath, [BUILD], { stdio: ["ignore", "pipe", "pipe"], signal });
  const exited = once(child, "exit");
  // Someone else waits, maybe much later: until then a failure must not count as unhandled.
  exited.catch(() => undefined);
  if (child.pid !== undefined) {
    setPriority(child.pid, constants.priority.PRIORITY_LOW);
  }

  let isShown = false;
  let latest = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      latest = (latest + text).slice(-4096);
      if (isShown) {
        process.stdout.write(text);
      }
    });
  }

  return {
    async finished() {
      isShown = true;
      process.stdout.write(latest);
      const [code] = (await exited) as [number | null];
      if (code !== 0) {
        throw new Error(`expected node ${BUILD} to build every binary, found exit code ${code}`);
      }
    },
  };
}
