import { Writable } from "node:stream";

import { KubeClient, type KubeClientOptions } from "../../kube/client.ts";
import { systemClock } from "../../kube/clock.ts";
import { type ClusterConfig, loadDefault } from "../../kube/kubeconfig.ts";
import { type ClosableTransport, fencedTransport } from "../../kube/transport.ts";
import { createTransport } from "../../kube/undici-transport.ts";
import { createLogger, type Log, type LogOptions } from "../../runtime/log.ts";
import type { WaitDeps } from "../platform/wait-for-object.ts";
import type { Admission, ControllerDeps, ProviderDefinition } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import type { CommonOptions } from "./command-line.ts";

/** A provider as its commands see it. */
export type Program = Pick<
  ProviderDefinition<ServiceObject, ServiceObject, unknown>,
  | "name"
  | "version"
  | "summary"
  | "resource"
  | "configResource"
  | "earlier"
  | "controller"
  | "formerOnboardingControllers"
  | "crds"
> & {
  /** The kind of what the onboarding cluster judges objects by. */
  readonly admission?: Pick<Admission<unknown>, "parameters">;
  /** Serves the objects of the provider until it is told to stop. */
  readonly runController: (deps: ControllerDeps) => Promise<void>;
};

/** What a command gets from the process it runs in. */
export type CommandContext = {
  readonly program: Program;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person reads the standard output as it appears. */
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Takes the log. Default: standard output. */
  readonly printLog?: (text: string) => void;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
};

/** What every command works with. */
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

type RequestReporter = NonNullable<KubeClientOptions["onRequest"]>;

const DEFAULT_NAMESPACE = "openmcp-system";

/** Sets up log and platform client as options and environment say. */
export async function openWorkplace(
  options: CommonOptions,
  context: CommandContext,
  onRequest: RequestReporter | undefined,
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
    ...(onRequest !== undefined && { onRequest }),
  });
  // One place for all clusters, wherever their kubeconfigs come from: the environment's proxies count for each.
  const connect = (config: ClusterConfig): ClosableTransport => createTransport(config, { env });
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

function openLog(options: CommonOptions, context: CommandContext): Log {
  const { format = context.isTerminal ? "text" : "json", ...logging } = options.logging;
  const log = createLogger({ ...logging, pretty: format === "text", ...streamOf(context) });
  const { version } = context.program;
  log.info({ version, provider: options.providerName, environment: options.environment }, "starting");
  if (options.ignoredFlags.length > 0) {
    log.info({ flags: options.ignoredFlags }, "these flags have no effect");
  }
  return log;
}

function streamOf({ printLog }: CommandContext): Pick<LogOptions, "stream"> {
  const write = (line: unknown, done: () => void): void => {
    printLog?.(String(line));
    done();
  };
  return printLog === undefined
    ? {}
    : { stream: new Writable({ write: (line, _encoding, done) => write(line, done) }) };
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
