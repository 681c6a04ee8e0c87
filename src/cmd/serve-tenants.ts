import { runOcmController } from "../ocm/controller.ts";
import type { OnboardingAccess } from "../openmcp/platform/onboarding-access.ts";
import { TenantClusters } from "../openmcp/platform/tenant-clusters.ts";
import { EventRecorder } from "../runtime/events.ts";
import { runGroup } from "../runtime/group.ts";
import type { Health } from "../runtime/health.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { type Contacts, followContacts } from "./contacts.ts";
import { runRights } from "./onboarding-rights.ts";
import { openOnboarding } from "./open-onboarding.ts";
import type { Options } from "./options.ts";
import { describeDelays } from "./describe-delays.ts";
import type { Readiness } from "./readiness.ts";
import type { Workplace } from "./workplace.ts";

/** What the service is made of. */
export type ServeDeps = {
  readonly options: Options;
  readonly workplace: Workplace;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly readiness: Readiness;
  /** Empty when unknown. */
  readonly podName: string;
};

const DRAIN_MS = 15_000;
const STOP_MS = 20_000;
const FLUSH_EVENTS_MS = 2000;

/** Gets access to the onboarding cluster and serves OCM objects until `signal` is aborted. */
export async function serveTenants(deps: ServeDeps, signal: AbortSignal): Promise<void> {
  try {
    const onboarding = await openOnboarding(
      { ...deps.workplace, signal },
      { localName: "onboarding-run", token: runRights },
    );
    await serveWith({ ...deps, onboarding }, signal);
    await onboarding.close();
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}

type ServeWithDeps = ServeDeps & { readonly onboarding: OnboardingAccess };

async function serveWith(deps: ServeWithDeps, signal: AbortSignal): Promise<void> {
  const { workplace, onboarding } = deps;
  const { clock, log } = workplace;
  const cut = new AbortController();
  const parts: ControllerParts = {
    tenantClusters: openTenantClusters(workplace),
    events: openEvents(deps, cut.signal),
    contacts: followContacts(deps.health, clock),
  };
  try {
    const loops = [
      { name: "controllers", run: (stop: AbortSignal) => runControllers(deps, parts, stop) },
      { name: "onboarding access", run: onboarding.follow },
    ];
    await runGroup(loops, { clock, log, signal, stopMs: STOP_MS });
  } finally {
    parts.contacts.remove();
    parts.removeWork?.();
    await Promise.race([parts.events.flush(), clock.sleep(FLUSH_EVENTS_MS)]);
    cut.abort();
    await parts.tenantClusters.close();
  }
}

type ControllerParts = {
  readonly tenantClusters: TenantClusters;
  readonly events: EventRecorder;
  readonly contacts: Contacts;
  /** Absent until the caches are filled: before, keys wait for servers. */
  removeWork?: () => void;
};

function runControllers(deps: ServeWithDeps, parts: ControllerParts, signal: AbortSignal): Promise<void> {
  const { options, workplace, metrics, health, readiness, onboarding } = deps;
  const { platform, namespace, clock, random, log } = workplace;
  return runOcmController({
    platform,
    onboarding: onboarding.client,
    tenantClusters: parts.tenantClusters,
    providerName: options.providerName,
    podNamespace: namespace,
    clock,
    random,
    log,
    events: parts.events,
    observe: (name) => ({ queue: metrics.queue(name), controller: metrics.controller(name) }),
    onContact: (cluster) => {
      parts.contacts.note(cluster);
      metrics.contact(cluster);
    },
    onSynced: () => {
      readiness.synced();
      parts.removeWork = health.addWork(describeDelays(metrics));
      log.info("the caches are filled, serving");
    },
    signal,
    drainMs: DRAIN_MS,
  });
}

function openTenantClusters({ platform, connect, clientOptions, log }: Workplace): TenantClusters {
  return new TenantClusters({
    platform,
    connect,
    clientOptions: clientOptions("mcp"),
    onError: (error) => log.warn({ err: error }, "cannot reach the cluster of a tenant"),
  });
}

function openEvents({ workplace, podName }: ServeDeps, signal: AbortSignal): EventRecorder {
  const { clock, log } = workplace;
  return new EventRecorder({ component: "service-provider-ocm", instance: podName, clock, log, signal });
}
