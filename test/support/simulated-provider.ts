import type { Simulation } from "../../ground/embedded/simulation.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { runRights } from "../../src/cmd/onboarding-rights.ts";
import { KubeClient, type KubeClientOptions } from "../../src/kube/client.ts";
import { parseUntrustedKubeconfig, type ClusterConfig } from "../../src/kube/kubeconfig.ts";
import type { ClosableTransport } from "../../src/kube/transport.ts";
import { ocmCrd, providerConfigCrd } from "../../src/ocm/api/crds.inlined.ts";
import { runOcmController } from "../../src/ocm/controller.ts";
import { FIELD_MANAGER } from "../../src/ocm/field-manager.ts";
import { openOnboardingAccess } from "../../src/openmcp/platform/onboarding-access.ts";
import { TenantClusters } from "../../src/openmcp/platform/tenant-clusters.ts";
import { EventRecorder } from "../../src/runtime/events.ts";
import { createLogger } from "../../src/runtime/log.ts";
import { POD_NAMESPACE } from "./world.ts";

/** What a simulated provider needs: clusters in this process, their time and their chance. */
export type SimulatedProviderOptions = {
  readonly simulation: Simulation;
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Sends a request, named `<cluster> <method> <path>`, or does something else with it. */
  readonly intercept: (request: string, send: () => ReturnType<ClosableTransport>) => ReturnType<ClosableTransport>;
};

/** Gives the clusters the CRDs that `init` would, and lets time pass until they are served. */
export async function installCrds({ platform, onboarding }: Simulation, clock: VirtualClock): Promise<void> {
  await onboarding.client.create(ocmCrd);
  await platform.client.create(providerConfigCrd);
  await clock.advance(5_000);
}

/**
 * Runs the provider inside this process on simulated clusters, with the same parts as the shipped program.
 *
 * Resolves when it has stopped after `signal` was aborted.
 */
export async function runSimulatedProvider(options: SimulatedProviderOptions): Promise<void> {
  const { simulation, clock, random, signal } = options;
  const log = createLogger({ level: "silent", pretty: false });
  const connect = (config: ClusterConfig): ClosableTransport => connectInProcess(config, options);
  const clientOptions: Omit<KubeClientOptions, "transport"> = {
    clock,
    random,
    userAgent: "service-provider-ocm/simulated",
  };
  const platform = new KubeClient({
    ...clientOptions,
    transport: connect(parseUntrustedKubeconfig(simulation.platform.kubeconfig)),
  });
  const onboarding = await openOnboardingAccess(
    {
      platform,
      request: { controller: "simulated", localName: "onboarding-run", namespace: POD_NAMESPACE, token: runRights },
      fieldManager: FIELD_MANAGER,
      connect,
      clientOptions,
    },
    { clock, random, log, signal },
  );
  const tenantClusters = new TenantClusters({ platform, connect, clientOptions, onError: () => undefined });
  const controller = runOcmController({
    platform,
    onboarding: onboarding.client,
    tenantClusters,
    providerName: "ocm",
    podNamespace: POD_NAMESPACE,
    clock,
    random,
    log,
    events: new EventRecorder({ component: FIELD_MANAGER, instance: "simulated", clock, log, signal }),
    observe: () => ({}),
    onContact: () => undefined,
    onSynced: () => undefined,
    signal,
    drainMs: 1_000,
  });
  await Promise.all([controller, onboarding.follow(signal)]);
}

function connectInProcess(
  config: ClusterConfig,
  { simulation, intercept }: SimulatedProviderOptions,
): ClosableTransport {
  const cluster = [...simulation.clusters.values()].find(({ server }) => server === config.server);
  if (cluster === undefined) {
    throw new Error(`expected a simulated cluster at ${config.server}`);
  }
  const send = (request: Parameters<ClosableTransport>[0]): ReturnType<ClosableTransport> =>
    intercept(`${cluster.name} ${request.method} ${request.path}`, async () => {
      const { headers } = await config.credentials({ signal: request.signal });
      const authorization = String(headers["authorization"]);
      return cluster.transport({ ...request, headers: { ...request.headers, authorization } });
    });
  return Object.assign(send, { close: () => Promise.resolve() });
}
