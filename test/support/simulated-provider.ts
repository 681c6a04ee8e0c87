import type { Simulation } from "../../ground/embedded/simulation.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { trusted } from "../../sim/trusted.ts";
import { KubeClient, type KubeClientOptions } from "../../src/kube/client.ts";
import type { RequestReport } from "../../src/kube/exchange.ts";
import { parseUntrustedKubeconfig, type ClusterConfig } from "../../src/kube/kubeconfig.ts";
import type { LabelSelector } from "../../src/kube/label-selector.ts";
import type { ClosableTransport } from "../../src/kube/transport.ts";
import { openOnboarding } from "../../src/openmcp/program/init.ts";
import type { Program } from "../../src/openmcp/command/command.ts";
import type { Workplace } from "../../src/openmcp/command/workplace.ts";
import { runServiceController } from "../../src/openmcp/service/controller.ts";
import { TenantClusters } from "../../src/openmcp/platform/tenant-clusters.ts";
import type { ControllerDeps } from "../../src/openmcp/service/definition.ts";
import type { TenantObserver } from "../../src/openmcp/service/tenant-figures.ts";
import type { ListLeases } from "../../src/openmcp/service/unserved.ts";
import { EventRecorder } from "../../src/runtime/events.ts";
import { createLogger } from "../../src/runtime/log.ts";
import { POD_NAMESPACE } from "./world.ts";

/** What a simulated provider needs: clusters in this process, their time and their chance. */
export type SimulatedProviderOptions = {
  readonly program: Program;
  /** Name of the ProviderConfig that counts. */
  readonly providerName: string;
  /** Default: no. What users order by mistake shall reach the provider. */
  readonly hasAdmission?: boolean;
  /** Default: it serves all tenants. */
  readonly watchSelector?: LabelSelector;
  /** Default: it does so from the beginning. */
  readonly onDuty?: Promise<void>;
  readonly simulation: Simulation;
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told of what becomes of the installations. */
  readonly observeTenants?: TenantObserver;
  /** Observes queues and controllers, by name. Default: nobody does. */
  readonly observe?: ControllerDeps["observe"] | undefined;
  /** Default: nobody looks whether other processes serve the tenants that this one does not. */
  readonly listLeases?: ListLeases;
  /** Sends a request, named `<cluster> <method> <path>`, or does something else with it until the signal is aborted. */
  readonly intercept: (
    request: string,
    send: () => ReturnType<ClosableTransport>,
    signal: AbortSignal,
  ) => ReturnType<ClosableTransport>;
};

/** Gives the clusters the CRDs that `init` would, and lets time pass until they are served. */
export async function installCrds(
  { crds }: Program,
  { platform, onboarding }: Simulation,
  clock: VirtualClock,
): Promise<void> {
  for (const crd of crds) {
    const { client } = crd.metadata.labels?.["openmcp.cloud/cluster"] === "onboarding" ? onboarding : platform;
    await client.create(trusted(crd));
  }
  await clock.advance(5_000);
}

/** What the commands of the shipped program work with, inside this process. */
export function simulatedWorkplace(
  options: Omit<SimulatedProviderOptions, "providerName"> & Pick<KubeClientOptions, "onRequest">,
): Workplace {
  const { program, simulation, clock, random, signal } = options;
  const connect = (config: ClusterConfig): ClosableTransport => connectInProcess(config, options);
  const { onRequest } = options;
  const shared = { clock, random, userAgent: program.name, ...(onRequest && { onRequest }) };
  const clientOptions = (host: string): Omit<KubeClientOptions, "transport"> => ({ ...shared, host });
  const platformTransport = connect(parseUntrustedKubeconfig(simulation.platform.kubeconfig));
  return {
    program,
    platform: new KubeClient({ ...clientOptions("platform"), transport: platformTransport }),
    clock,
    random,
    log: createLogger({ level: "silent", pretty: false }),
    signal,
    namespace: POD_NAMESPACE,
    clientOptions,
    connect,
    platformTransport,
    close: () => Promise.resolve(),
  };
}

/**
 * Runs a provider inside this process on simulated clusters, with the same parts as the shipped program.
 *
 * Resolves when it has stopped after `signal` was aborted.
 */
export async function runSimulatedProvider(options: SimulatedProviderOptions): Promise<void> {
  const { program, providerName, signal } = options;
  const listeners = new Set<(report: RequestReport) => void>();
  const onRequest = (report: RequestReport): void => listeners.forEach((listener) => listener(report));
  const workplace = simulatedWorkplace({ ...options, onRequest });
  const { platform, connect, clock, log } = workplace;
  const onboarding = await openOnboarding(workplace, "onboarding-run");
  const clusters = { platform, connect, clientOptions: workplace.clientOptions("mcp"), onError: (): void => undefined };
  const controller = program.runController(runServiceController, {
    ...workplace,
    onboarding: onboarding.client,
    tenantClusters: new TenantClusters(clusters),
    providerName,
    podNamespace: POD_NAMESPACE,
    hasAdmission: options.hasAdmission === true,
    watchSelector: options.watchSelector,
    onDuty: options.onDuty,
    events: new EventRecorder({ component: program.name, instance: "simulated", clock, log, signal }),
    observe: options.observe ?? (() => ({})),
    ...(options.listLeases !== undefined && { listLeases: options.listLeases }),
    onRequest: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...(options.observeTenants !== undefined && { observeTenants: options.observeTenants }),
    onContact: () => undefined,
    onSynced: () => undefined,
    drainMs: 1_000,
  });
  await Promise.all([controller, onboarding.follow(signal)]);
}

function connectInProcess(
  config: ClusterConfig,
  { simulation, intercept }: Pick<SimulatedProviderOptions, "simulation" | "intercept">,
): ClosableTransport {
  const cluster = [...simulation.clusters.values()].find(({ server }) => server === config.server);
  if (cluster === undefined) {
    throw new Error(`expected a simulated cluster at ${config.server}`);
  }
  const send = (request: Parameters<ClosableTransport>[0]): ReturnType<ClosableTransport> =>
    intercept(
      `${cluster.name} ${request.method} ${request.path}`,
      async () => {
        const { headers } = await config.credentials({ signal: request.signal });
        const authorization = String(headers["authorization"]);
        return cluster.transport({ ...request, headers: { ...request.headers, authorization } });
      },
      request.signal,
    );
  return Object.assign(send, { close: () => Promise.resolve() });
}
