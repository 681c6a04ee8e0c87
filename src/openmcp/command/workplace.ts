import { Writable } from "node:stream";

import { KubeClient, type KubeClientOptions } from "../../kube/client.ts";
import { systemClock } from "../../kube/clock.ts";
import { type ClusterConfig, loadDefault } from "../../kube/kubeconfig.ts";
import { type ClosableTransport, fencedTransport } from "../../kube/transport.ts";
import { sharedConnections } from "../../kube/http-transport.ts";
import { createLogger, type Log, type LogOptions } from "../../runtime/log.ts";
import type { OnboardingRequest, openOnboardingAccess } from "../platform/onboarding-access.ts";
import type { WaitDeps } from "../platform/wait-for-object.ts";
import type { CommandContext, Program } from "./command.ts";
import type { Given } from "./given.ts";
import { type Logging, toLogging } from "./logging.ts";

/** Options of every command that connects to clusters. */
export type CommonOptions = {
  readonly providerName?: string;
  /** Name of the platform's environment, for the log. */
  readonly environment?: string;
  readonly logging: Logging;
  /** Path of the platform's kubeconfig, when it was given as a flag. */
  readonly kubeconfig?: string;
  /** Flags that were given and have no effect. */
  readonly ignoredFlags?: readonly string[];
};

/** Reads the options of a command that connects as a `workplace`. */
export function commonOptions(given: Given): CommonOptions {
  const [providerName, environment, kubeconfig] = ["provider-name", "environment", "kubeconfig"].map((name) =>
    given.text(name),
  );
  return {
    ...(providerName && { providerName }),
    ...(environment && { environment }),
    logging: toLogging(given),
    ...(kubeconfig && { kubeconfig }),
    ...(given.ignored.length > 0 && { ignoredFlags: given.ignored }),
  };
}

/** What a command works with that may write. */
export type Workplace = WaitDeps & {
  readonly program: Program;
  readonly platform: KubeClient;
  /** Namespace of the provider's own objects on the platform. */
  readonly namespace: string;
  /** Options of further clients; `host` is the label of their cluster in metrics. */
  readonly clientOptions: (host: string) => Omit<KubeClientOptions, "transport">;
  /** Connects to further clusters. */
  readonly connect: (config: ClusterConfig) => ClosableTransport;
  /** Connection of `platform`. */
  readonly platformTransport: ClosableTransport;
  readonly close: () => Promise<void>;
};

type RequestObservers = Pick<KubeClientOptions, "onRequest" | "onExchange">;

/** What a workplace needs to know of the process. */
type Surroundings = Pick<CommandContext, "program" | "env" | "isTerminal" | "printLog" | "signal">;

const DEFAULT_NAMESPACE = "openmcp-system";

/** Sets up log and platform client as options and environment say. */
export async function openWorkplace(
  options: CommonOptions,
  context: Surroundings,
  observers: RequestObservers = {},
): Promise<Workplace> {
  const { env, program } = context;
  const log = openLog(options, context);
  const namespace = env["POD_NAMESPACE"] ?? "";
  if (namespace === "") {
    log.warn(`POD_NAMESPACE is not set, taking ${DEFAULT_NAMESPACE}`);
  }
  const clientOptions = (host: string): Omit<KubeClientOptions, "transport"> => ({
    clock: systemClock,
    random: Math.random,
    userAgent: `${program.name}/${program.version}`,
    host,
    ...observers,
  });
  // One place for all clusters, wherever their kubeconfigs come from: the environment's proxies count for each.
  const connect = sharedConnections({ env });
  const { kubeconfig } = options;
  const transport = connect(await loadDefault({ env, ...(kubeconfig && { kubeconfigFlag: kubeconfig }) }));
  return {
    program,
    clock: systemClock,
    random: Math.random,
    log,
    signal: context.signal,
    namespace: namespace === "" ? DEFAULT_NAMESPACE : namespace,
    platform: new KubeClient({ ...clientOptions("platform"), transport }),
    clientOptions,
    connect,
    platformTransport: transport,
    close: () => transport.close(),
  };
}

function openLog(options: CommonOptions, context: Surroundings): Log {
  const { format = context.isTerminal ? "text" : "json", ...logging } = options.logging;
  const log = createLogger({ ...logging, pretty: format === "text", ...streamOf(context) });
  const { version } = context.program;
  log.info({ version, provider: options.providerName, environment: options.environment }, "starting");
  const { ignoredFlags = [] } = options;
  if (ignoredFlags.length > 0) {
    log.info({ flags: ignoredFlags }, "these flags have no effect");
  }
  return log;
}

function streamOf({ printLog }: Surroundings): Pick<LogOptions, "stream"> {
  const write = (line: unknown, done: () => void): void => {
    printLog?.(String(line));
    done();
  };
  return printLog === undefined
    ? {}
    : { stream: new Writable({ write: (line, _encoding, done) => write(line, done) }) };
}

/** How a command asks for access to the onboarding cluster. */
export function onboardingOptions(
  workplace: Workplace,
  asked: Pick<OnboardingRequest, "localName" | "token">,
): Parameters<typeof openOnboardingAccess>[0] {
  const { platform, namespace, connect, clientOptions, program } = workplace;
  const { resource, controller = resource.group } = program;
  return {
    platform,
    request: { ...asked, controller: `${resource.kind.toLowerCase()}.${controller}`, namespace },
    fieldManager: program.name,
    connect,
    clientOptions: clientOptions("onboarding"),
  };
}

/** The same workplace, from which nothing is written unless `mayWrite` says so. */
export function fenced(workplace: Workplace, mayWrite: () => boolean): Workplace {
  const { clientOptions, connect, platformTransport } = workplace;
  const transport = fencedTransport(platformTransport, mayWrite);
  return {
    ...workplace,
    platform: new KubeClient({ ...clientOptions("platform"), transport }),
    connect: (config) => fencedTransport(connect(config), mayWrite),
  };
}
