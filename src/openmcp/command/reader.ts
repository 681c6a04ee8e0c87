import { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { loadKubeconfig } from "../../kube/kubeconfig.ts";
import type { ObjectRef } from "../../kube/object.ts";
import { readOnlyTransport } from "../../kube/transport.ts";
import type { Log } from "../../runtime/log.ts";
import { accessRequests } from "../platform/kinds.ts";
import { clientFromSecret } from "../platform/kubeconfig-secret.ts";
import { onboardingRequests } from "../platform/onboarding-access.ts";
import { findProviderName } from "../platform/registration.ts";
import { accessState } from "../platform/tenant-access.ts";
import { TenantClusters } from "../platform/tenant-clusters.ts";
import { servedResources } from "../service/definition.ts";
import type { CommandContext, Program } from "./command.ts";
import type { Given } from "./given.ts";
import { toReaderLogging } from "./logging.ts";
import { onboardingOptions, openWorkplace, type Workplace } from "./workplace.ts";

/** What a command works with that only reads. Nothing can be written through any of these clients. */
export type Reader = {
  readonly program: Program;
  readonly platform: KubeClient;
  /**
   * A client of the onboarding cluster: with the kubeconfig of the flag, or else with the access that `run` holds. Throws
   * when that access is missing, and never asks for one.
   */
  readonly onboarding: () => Promise<KubeClient>;
  /** Namespace of the provider's own objects on the platform. */
  readonly namespace: string;
  /** Name of the ServiceProvider, and of the ProviderConfig that counts. Throws when several or none may be meant. */
  readonly providerName: () => Promise<string>;
  /**
   * Does `work` with a client of the tenant's cluster whose kubeconfig is in `secret`, a Secret of the platform. Limits
   * are those of `run`: a kubeconfig of another system holds inline data only, and lists have a largest size.
   *
   * Throws a SilentClusterError when there is no answer.
   */
  readonly visit: <R>(secret: ObjectRef, work: (client: KubeClient, signal: AbortSignal) => Promise<R>) => Promise<R>;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly close: () => Promise<void>;
};

/** Sets up clients as flags and environment say. Sends no request yet. The log goes to standard error. */
export async function openReader(given: Given, context: CommandContext): Promise<Reader> {
  const [providerName, kubeconfig] = ["provider-name", "kubeconfig"].map((name) => given.text(name));
  const options = { logging: toReaderLogging(given), ...(kubeconfig && { kubeconfig }) };
  const workplace = await openWorkplace(options, { ...context, printLog: context.printError });
  const onboardingKubeconfig = given.text("onboarding-kubeconfig");
  return readerOf(workplace, {
    ...(providerName && { providerName }),
    ...(onboardingKubeconfig !== "" && { onboardingKubeconfig: { path: onboardingKubeconfig, env: context.env } }),
  });
}

/** What a reader may be told. */
type ReaderOptions = {
  /** Default: that of the ServiceProvider which has the kinds registered. */
  readonly providerName?: string;
  /** Default: the kubeconfig of the access that `run` holds. */
  readonly onboardingKubeconfig?: { readonly path: string; readonly env: CommandContext["env"] };
};

/** The same clusters, of which nothing but reading is left. */
export function readerOf(workplace: Workplace, options: ReaderOptions): Reader {
  const { program, namespace, clock, random, log, signal } = workplace;
  const reading = toReading(workplace);
  const { platform, connect, clientOptions } = reading;
  const tenantClusters = new TenantClusters({
    platform,
    connect,
    clientOptions: clientOptions("mcp"),
    onError: (error) => log.debug({ err: error }, "cannot reach the cluster of a tenant"),
  });
  const visit = { force: true, askAgainAfterMs: 0, signal };
  const onboarding = once(() => openOnboarding(reading, options));
  const kinds = servedResources(program).map(({ resource }) => resource);
  return {
    program,
    platform,
    onboarding: async () => (await onboarding()).client,
    namespace,
    providerName: once(async () => options.providerName ?? findProviderName(platform, kinds, signal)),
    visit: (secret, work) => tenantClusters.visit(secret, visit, work),
    clock,
    random,
    log,
    signal,
    close: async () => {
      const opened = await onboarding.ifCalled?.catch(() => undefined);
      await Promise.all([opened?.close(), tenantClusters.close(), workplace.close()]);
    },
  };
}

/** For each of three attempts at a request: somebody waits for the answer, and must know soon that there is none. */
const REQUEST_TIMEOUT_MS = 15_000;

function toReading(workplace: Workplace): Workplace {
  // In an audit log, questions of an operator differ from the work of `run` with the same access.
  const clientOptions: Workplace["clientOptions"] = (host) => {
    const options = workplace.clientOptions(host);
    return { ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS, userAgent: `${options.userAgent} (reading)` };
  };
  const transport = readOnlyTransport(workplace.platformTransport);
  return {
    ...workplace,
    connect: (config) => readOnlyTransport(workplace.connect(config)),
    clientOptions,
    platform: new KubeClient({ ...clientOptions("platform"), transport }),
  };
}

type OpenedClient = { readonly client: KubeClient; readonly close: () => Promise<void> };

/** Calls `make` at most once, when the result is asked for the first time. */
function once<R>(make: () => Promise<R>): (() => Promise<R>) & { ifCalled?: Promise<R> } {
  const get: (() => Promise<R>) & { ifCalled?: Promise<R> } = () => (get.ifCalled ??= make());
  return get;
}

async function openOnboarding(workplace: Workplace, { onboardingKubeconfig }: ReaderOptions): Promise<OpenedClient> {
  const { connect, clientOptions } = workplace;
  if (onboardingKubeconfig === undefined) {
    const secret = await findOnboardingSecret(workplace);
    return clientFromSecret(() => secret, onboardingOptions(workplace, { localName: "onboarding-run", token: {} }));
  }
  const { path, env } = onboardingKubeconfig;
  const transport = connect(await loadKubeconfig(path, { env }));
  return {
    client: new KubeClient({ ...clientOptions("onboarding"), transport }),
    close: () => transport.close(),
  };
}

/** Finds the Secret of the access that `run` holds. */
async function findOnboardingSecret(workplace: Workplace): Promise<ObjectRef> {
  const { platform, namespace, signal } = workplace;
  const { request } = onboardingOptions(workplace, { localName: "onboarding-run", token: {} });
  const { name } = onboardingRequests(request).accessRequest.metadata;
  const found = await platform.find(accessRequests, { name, namespace }, signal);
  const access = accessState(found);
  if (access.state === "granted") {
    return { name: access.secretName, namespace };
  }
  const state = found === undefined ? "there is none" : access.message;
  throw new Error(
    `cannot reach the onboarding cluster: expected the granted AccessRequest "${name}" of a running provider in namespace "${namespace}", found: ${state}; ` +
      "set POD_NAMESPACE to the namespace of the provider, or --onboarding-kubeconfig",
  );
}
