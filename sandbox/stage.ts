import type { Ground } from "../ground/ground.ts";
import type { UnpackedImage } from "../ground/image/unpack-image.ts";
import type { SimClient } from "../sim/client.ts";
import { systemSimClock } from "../sim/clock.ts";
import type { Obj } from "../sim/object.ts";
import { waitFor } from "../sim/stand-in/wait-for.ts";
import { connect } from "./connect.ts";
import type { Play } from "./play.ts";
import { initProvider, runProvider } from "./provider.ts";
import type { Screen } from "./screen.ts";
import { likeExample, placeOf, type Tenant } from "./tenants.ts";

/** Everything on which the tenants' lives are played: clusters, the provider at work, control planes. */
export type Stage = {
  readonly ground: Ground;
  readonly play: Play;
  readonly tenants: readonly Tenant[];
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  /** Aborted when the provider ends by itself and nobody starts it again. */
  readonly collapsed: AbortSignal;
};

/** What it takes to set a stage. */
export type StageOptions = {
  readonly real: boolean;
  /** The image in which the provider runs. Default: none, it runs as a process of this machine. */
  readonly image: UnpackedImage | undefined;
  /** How many control planes there are. */
  readonly tenants: number;
  /** Holds the ground's files and the provider's logs. */
  readonly folder: string;
  /** What is played on a ground. */
  readonly playOn: (ground: Ground) => Play;
  /** Under this name the platform knows the provider. */
  readonly providerName: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Takes what has to be stopped in the end. */
  readonly cleanup: AsyncDisposableStack;
};

/** Starts the clusters and the provider, and orders the control planes. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { screen, signal } = options;
  screen.say(`starting ${options.real ? "real" : "embedded"} clusters in ${options.folder}`);
  const { ground, install } = await (options.real ? startReal(options) : startEmbedded(options));
  signal.throwIfAborted();
  const platform = connect(ground.platform);

  const play = options.playOn(ground);
  const objects = likeExample(play.object, options.tenants);
  screen.say(`ordering ${objects.map(({ metadata }) => `control plane ${metadata.name}`).join(", ")}`);
  const ordered = Promise.all(objects.map((object) => orderFor(object, ground, objects.length)));
  const collapsed = install(play, () => configure(platform, play));
  // Whatever fails, nothing may still be starting while the clean-up runs.
  await Promise.allSettled([ordered, collapsed]);
  signal.throwIfAborted();
  return {
    ground,
    play,
    tenants: await ordered,
    platform,
    onboarding: connect(ground.onboarding),
    collapsed: await collapsed,
  };
}

/** Clusters, and how the provider comes to run on them; it needs its settings once its CRDs are there. */
type Started = {
  readonly ground: Ground;
  readonly install: (play: Play, configure: () => Promise<void>) => Promise<AbortSignal>;
};

async function startEmbedded({ folder, screen, cleanup, providerName, image }: StageOptions): Promise<Started> {
  const { startEmbeddedGround } = await import("../ground/embedded/embedded-ground.ts");
  const ground = await startEmbeddedGround({ folder, keep: true, providerName });
  cleanup.defer(() => ground.stop());
  return {
    ground,
    install: async (play, configureIt) => {
      const surroundings = { ground, folder, screen, cleanup, play, image };
      await initProvider(surroundings);
      await configureIt();
      return runProvider(surroundings);
    },
  };
}

// The operator runs the provider, and starts it again whenever it ends.
async function startReal({ folder, screen, signal, cleanup, image }: StageOptions): Promise<Started> {
  const { startPlatformGround } = await import("../ground/real/operator/platform-ground.ts");
  const ground = await startPlatformGround({
    folder,
    keep: true,
    signal,
    image,
    onProgress: (line) => screen.say(line),
  });
  cleanup.defer(() => ground.stop());
  return {
    ground,
    install: async (_play, configureIt) => {
      await configureIt();
      for (const { pod, pid, logPath } of ground.providers()) {
        screen.say(`the provider runs (pid ${pid} for pod ${pod}, log ${logPath})`);
      }
      return new AbortController().signal;
    },
  };
}

async function orderFor(object: Obj, ground: Ground, count: number): Promise<Tenant> {
  const { name, namespace = "default" } = object.metadata;
  const controlPlane = { name, namespace };
  const cluster = await ground.orderControlPlane(controlPlane);
  return { controlPlane, cluster, object, place: placeOf(object, count) };
}

async function configure(platform: SimClient, { settings }: Play): Promise<void> {
  for (const object of settings) {
    // Discovery knows a new kind a moment after its CRD is established, which is all that init waits for.
    await waitFor(systemSimClock, () => platform.serves(object));
    await platform.create(object);
  }
}
