import { join } from "node:path";
import type { ControlPlaneRef, Ground, GroundCluster } from "../ground/ground.ts";
import { startProvider } from "../ground/provider-process.ts";
import { logTail } from "../ground/real/log-tail.ts";
import type { SimClient } from "../sim/client.ts";
import { systemSimClock } from "../sim/clock.ts";
import { waitFor } from "../sim/stand-in/wait-for.ts";
import { buildBundle } from "./bundle.ts";
import { connect } from "./connect.ts";
import { type Examples, withSpec } from "./examples.ts";
import type { Screen } from "./screen.ts";

/** Everything on which a tenant's life is played: clusters, the provider at work, a control plane. */
export type Stage = {
  readonly ground: Ground;
  readonly controlPlaneRef: ControlPlaneRef;
  readonly controlPlane: GroundCluster;
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  /** Aborted when the provider ends by itself. */
  readonly collapsed: AbortSignal;
};

/** What it takes to set a stage. */
export type StageOptions = {
  readonly real: boolean;
  /** Holds the ground's files and the provider's logs. */
  readonly folder: string;
  readonly examples: Examples;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Takes what has to be stopped in the end. */
  readonly cleanup: AsyncDisposableStack;
};

const PROVIDER_NAMESPACE = "openmcp-system";

/** Starts the clusters, installs and starts the provider as the platform would, and orders one control plane. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { examples, screen, signal, cleanup } = options;
  await buildBundle(signal);
  const ground = await startGround(options);
  cleanup.defer(() => ground.stop());
  signal.throwIfAborted();
  const platform = connect(ground.platform);

  const { name, namespace = "default" } = examples.ocm.metadata;
  const controlPlaneRef = { name, namespace };
  screen.say(`ordering control plane ${name}, installing the provider`);
  const ordered = ground.orderControlPlane(controlPlaneRef);
  const collapsed = runProvider(options, ground, platform);
  // Whatever fails, nothing may still be starting while the clean-up runs.
  await Promise.allSettled([ordered, collapsed]);
  signal.throwIfAborted();
  return {
    ground,
    controlPlaneRef,
    controlPlane: await ordered,
    platform,
    onboarding: connect(ground.onboarding),
    collapsed: await collapsed,
  };
}

async function startGround({ real, folder, screen, signal }: StageOptions): Promise<Ground> {
  screen.say(`starting ${real ? "real" : "embedded"} clusters in ${folder}`);
  if (!real) {
    const { startEmbeddedGround } = await import("../ground/embedded/embedded-ground.ts");
    return startEmbeddedGround({ folder, keep: true });
  }
  const { startRealGround } = await import("../ground/real/real-ground.ts");
  return startRealGround({ folder, keep: true, signal, onProgress: (line) => screen.say(line) });
}

async function runProvider(options: StageOptions, ground: Ground, platform: SimClient): Promise<AbortSignal> {
  const { folder, examples, screen, cleanup } = options;
  const { kubeconfigPath } = ground.platform;

  const initLog = join(folder, "logs", "provider-init.log");
  const init = await startProvider({ command: "init", kubeconfigPath, logPath: initLog });
  const initStatus = await init.exited;
  if (initStatus !== 0) {
    throw new Error(
      `expected init to end with 0, found ${initStatus}; the end of ${initLog}:\n${await logTail(initLog)}`,
    );
  }
  await configure(platform, ground, examples);

  const logPath = join(folder, "logs", "provider-run.log");
  const provider = await startProvider({ command: "run", kubeconfigPath, logPath });
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
