import { join } from "node:path";
import type { Ground } from "../ground/ground.ts";
import type { UnpackedImage } from "../ground/image/unpack-image.ts";
import { startProvider } from "../ground/provider-process.ts";
import { logTail } from "../ground/log-tail.ts";
import type { Play } from "./play.ts";
import type { Screen } from "./screen.ts";

/** What it takes to run the provider. */
export type ProviderSurroundings = {
  readonly ground: Ground;
  readonly folder: string;
  readonly screen: Screen;
  readonly cleanup: AsyncDisposableStack;
  readonly play: Pick<Play, "program" | "providerName">;
  readonly image: UnpackedImage | undefined;
};

/** Runs `init` to its end, as the platform does first. */
export async function initProvider({ ground, folder, play, image }: ProviderSurroundings): Promise<void> {
  const { kubeconfigPath } = ground.platform;
  const logPath = join(folder, "logs", "provider-init.log");
  const init = await startProvider({ ...play, image, command: "init", kubeconfigPath, logPath });
  const status = await init.exited;
  if (status !== 0) {
    throw new Error(`expected init to end with 0, found ${status}; the end of ${logPath}:\n${await logTail(logPath)}`);
  }
}

/** Starts `run`; the signal is aborted when it ends by itself. */
export async function runProvider(surroundings: ProviderSurroundings): Promise<AbortSignal> {
  const { ground, folder, screen, cleanup, play, image } = surroundings;
  const logPath = join(folder, "logs", "provider-run.log");
  const provider = await startProvider({
    ...play,
    image,
    command: "run",
    kubeconfigPath: ground.platform.kubeconfigPath,
    logPath,
  });
  const collapse = new AbortController();
  void provider.exited.then((status) =>
    collapse.abort(
      new Error(`expected the provider to keep running, found that it ended with ${status}; see ${logPath}`),
    ),
  );
  cleanup.defer(async () => {
    const hadCollapsed = collapse.signal.aborted;
    const status = await provider.stop();
    if (status !== 0 && !hadCollapsed) {
      throw new Error(`expected the provider to end with 0 when asked to stop, found ${status}; see ${logPath}`);
    }
  });
  await provider.ready();
  screen.say(`the provider runs (pid ${provider.pid}, log ${logPath})`);
  return collapse.signal;
}
