import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ground } from "../ground/ground.ts";
import type { UnpackedImage } from "../ground/image/unpack-image.ts";
import { introduceBarePlatform, startBarePlatform } from "./bare.ts";
import { showDashboard } from "./dashboard.ts";
import { explain } from "./explain.ts";
import { followStage } from "./follow.ts";
import { createTenants, deleteTenants, type Life, troubleTenants, upgradeTenants } from "./life.ts";
import { lookAround } from "./look-around.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { folderPlay, type Play, toolkitPlay } from "./play.ts";
import { keyOf, Scene } from "./scene.ts";
import { buildBundle, provideImage } from "./program.ts";
import { createScreen, type Screen } from "./screen.ts";
import { setStage } from "./stage.ts";
import { INTERRUPTED, stopOnSignals } from "./stop-on-signals.ts";

const USAGE_ERROR = 2;

process.chdir(new URL("..", import.meta.url).pathname);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const stop = stopOnSignals(process);
  let options: Options | "help";
  try {
    options = parseOptions(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return USAGE_ERROR;
  }
  if (options === "help") {
    console.log(usage);
    return 0;
  }

  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const screen = createScreen(process.stdout);
  try {
    await (options.bare ? standBare : play)(options, { folder, screen, signal: stop });
    if (!options.keep) {
      rmSync(folder, { recursive: true, force: true });
    }
    return options.once && stop.aborted ? INTERRUPTED : 0;
  } catch (error) {
    if (stop.aborted) {
      rmSync(folder, { recursive: true, force: true });
      return INTERRUPTED;
    }
    console.error(`\nThe sandbox failed:\n${explain(error)}\n\nLogs and kubeconfigs are in ${folder}`);
    return 1;
  }
}

type Surroundings = { readonly folder: string; readonly screen: Screen; readonly signal: AbortSignal };

/** Builds what runs as the provider: its image, or nothing but the bundle. */
async function prepare({ build, image }: Options, { signal }: Surroundings): Promise<UnpackedImage | undefined> {
  if (build) {
    await buildBundle(signal);
  }
  return image ? provideImage(signal) : undefined;
}

async function standBare(options: Options, surroundings: Surroundings): Promise<void> {
  const { real, tenants } = options;
  const { folder, screen, signal } = surroundings;
  const image = await prepare(options, surroundings);
  screen.say(`starting ${real ? "real" : "embedded"} clusters in ${folder}`);
  const onProgress = (line: string): void => screen.say(line);
  await using cleanup = new AsyncDisposableStack();
  const platform = await startBarePlatform({ real, tenants, image, folder, keep: true, signal, onProgress });
  cleanup.defer(() => platform.stop());
  screen.say(introduceBarePlatform(platform));
  await aborted(signal);
  screen.say("stopping");
}

async function play(options: Options, surroundings: Surroundings): Promise<void> {
  const { real, once, tenants, provider } = options;
  const { folder, screen, signal } = surroundings;
  const image = await prepare(options, surroundings);
  await using cleanup = new AsyncDisposableStack();
  const ofFolder = provider === undefined ? undefined : folderPlay(provider);
  const playOn = ({ charts }: Ground): Play => ofFolder ?? toolkitPlay(charts);
  const providerName = ofFolder?.providerName ?? "ocm";
  const stage = await setStage({ real, image, tenants, folder, playOn, providerName, screen, signal, cleanup });

  const scene = new Scene();
  await look({ stage, scene, screen, cleanup });

  const before = new Set(scene.list().map((sighting) => keyOf(sighting)));
  const over = AbortSignal.any([signal, stage.collapsed]);
  if (options.dashboard) {
    await showDashboard({ stage, folder, screen, cleanup, signal: over });
  }
  const life: Life = { stage, scene, screen, signal: over, before };
  await createTenants(life);
  const trouble = options.trouble ? await troubleTenants(life) : undefined;
  if (!once) {
    screen.say(lookAround(stage));
    await aborted(over);
    stage.collapsed.throwIfAborted();
    screen.say("stopping");
    return;
  }
  if (trouble !== undefined) {
    screen.say("mending all of them");
    await trouble.mend();
  }
  await upgradeTenants(life);
  await deleteTenants(life);
  screen.say("removing the control planes");
  await Promise.all(stage.tenants.map(({ controlPlane }) => stage.ground.removeControlPlane(controlPlane)));
  screen.say("no control plane is left; everything went as expected");
}

type Looking = Pick<Life, "stage" | "scene" | "screen"> & { readonly cleanup: AsyncDisposableStack };

/** Shows what is on a stage, and what becomes of it; resolves once everything that was there is on the screen. */
async function look({ stage, scene, screen, cleanup }: Looking): Promise<void> {
  const looking = new AbortController();
  const { synced, ended } = followStage(stage, scene, looking.signal);
  cleanup.defer(async () => {
    looking.abort();
    await ended;
  });
  cleanup.defer(screen.follow(scene));
  await synced;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
