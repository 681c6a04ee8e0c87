import type { Ground } from "../ground/ground.ts";
import type { SimClient } from "../sim/client.ts";
import { systemSimClock } from "../sim/clock.ts";
import type { Obj } from "../sim/object.ts";
import { waitFor } from "../sim/stand-in/wait-for.ts";
import { buildBundle } from "./bundle.ts";
import { connect } from "./connect.ts";
import { type Examples, withSpec } from "./examples.ts";
import { initProvider, runProvider } from "./provider.ts";
import type { Screen } from "./screen.ts";
import { likeExample, placeOf, type Tenant } from "./tenants.ts";

/** Everything on which the tenants' lives are played: clusters, the provider at work, control planes. */
export type Stage = {
  readonly ground: Ground;
  readonly tenants: readonly Tenant[];
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  /** Aborted when the provider ends by itself and nobody starts it again. */
  readonly collapsed: AbortSignal;
};

/** What it takes to set a stage. */
export type StageOptions = {
  readonly real: boolean;
  /** How many control planes there are. */
  readonly tenants: number;
  /** Holds the ground's files and the provider's logs. */
  readonly folder: string;
  readonly examples: Examples;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Takes what has to be stopped in the end. */
  readonly cleanup: AsyncDisposableStack;
};

const PROVIDER_NAMESPACE = "openmcp-system";

/** Starts the clusters and the provider, and orders the control planes. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { examples, screen, signal } = options;
  await buildBundle(signal);
  screen.say(`starting ${options.real ? "real" : "embedded"} clusters in ${options.folder}`);
  const { ground, install } = await (options.real ? startReal(options) : startEmbedded(options));
  signal.throwIfAborted();
  const platform = connect(ground.platform);

  const ocms = likeExample(examples.ocm, options.tenants);
  screen.say(`ordering ${ocms.map(({ metadata }) => `control plane ${metadata.name}`).join(", ")}`);
  const ordered = Promise.all(ocms.map((ocm) => orderFor(ocm, ground, ocms.length)));
  const collapsed = install(() => configure(platform, ground, examples));
  // Whatever fails, nothing may still be starting while the clean-up runs.
  await Promise.allSettled([ordered, collapsed]);
  signal.throwIfAborted();
  return {
    ground,
    tenants: await ordered,
    platform,
    onboarding: connect(ground.onboarding),
    collapsed: await collapsed,
  };
}

/** Clusters, and how the provider comes to run on them; it needs its settings once its CRDs are there. */
type Started = {
  readonly ground: Ground;
  readonly install: (configure: () => Promise<void>) => Promise<AbortSignal>;
};

async function startEmbedded({ folder, screen, cleanup }: StageOptions): Promise<Started> {
  const { startEmbeddedGround } = await import("../ground/embedded/embedded-ground.ts");
  const ground = await startEmbeddedGround({ folder, keep: true });
  cleanup.defer(() => ground.stop());
  const surroundings = { ground, folder, screen, cleanup };
  return {
    ground,
    install: async (configureIt) => {
      await initProvider(surroundings);
      await configureIt();
      return runProvider(surroundings);
    },
  };
}

// The operator runs the provider, and starts it again whenever it ends.
async function startReal({ folder, screen, signal, cleanup }: StageOptions): Promise<Started> {
  const { startPlatformGround } = await import("../ground/real/operator/platform-ground.ts");
  const ground = await startPlatformGround({ folder, keep: true, signal, onProgress: (line) => screen.say(line) });
  cleanup.defer(() => ground.stop());
  return {
    ground,
    install: async (configureIt) => {
      await configureIt();
      for (const { pod, pid, logPath } of ground.providers()) {
        screen.say(`the provider runs (pid ${pid} for pod ${pod}, log ${logPath})`);
      }
      return new AbortController().signal;
    },
  };
}

async function orderFor(ocm: Obj, ground: Ground, count: number): Promise<Tenant> {
  const { name, namespace = "default" } = ocm.metadata;
  const controlPlane = { name, namespace };
  const cluster = await ground.orderControlPlane(controlPlane);
  return { controlPlane, cluster, ocm, place: placeOf(ocm, count) };
}

// The README's objects, with the ground's registry in place of the public one.
async function configure(platform: SimClient, ground: Ground, { providerConfig }: Examples): Promise<void> {
  const { chartURL, dockerConfigJson } = ground.charts;
  const pullSecret = { name: pullSecretName(providerConfig["spec"]) };
  await platform.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { ...pullSecret, namespace: PROVIDER_NAMESPACE },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": dockerConfigJson },
  });
  // Discovery knows a new kind a moment after its CRD is established, which is all that init waits for.
  await waitFor(systemSimClock, () => platform.serves(providerConfig));
  await platform.create(withSpec(providerConfig, { chartURL, imagePullSecret: pullSecret }));
}

function pullSecretName(spec: unknown): string {
  const { imagePullSecret } = spec as { readonly imagePullSecret?: { readonly name: string } };
  return imagePullSecret?.name ?? "chart-registry";
}
