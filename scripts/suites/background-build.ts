import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";

const BUILD = "ground/real/build.ts";

/** Says what will be built for the real suites and how long that takes; throws when it cannot be built. */
export async function announceBuild(signal: AbortSignal): Promise<void> {
  if ((await exitCodeOf([BUILD, "--plan"], signal)) !== 0) {
    throw new Error("expected real servers to run on, found that they cannot be built; npm test needs none");
  }
}

/** Builds the image of the bundle that there is, before test files that run side by side use it. */
export async function buildImage(signal: AbortSignal): Promise<void> {
  if ((await exitCodeOf(["scripts/image.ts"], signal)) !== 0) {
    throw new Error("expected an image to run the provider in, found that it cannot be built");
  }
}

async function exitCodeOf(args: readonly string[], signal: AbortSignal): Promise<number | null> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"], signal });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
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
