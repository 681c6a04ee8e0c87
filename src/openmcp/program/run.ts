import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import { systemClock, type Clock } from "../../kube/clock.ts";
import { leases } from "../../kube/core.ts";
import { untilAborted } from "../../kube/deadline.ts";
import { EventRecorder } from "../../runtime/events.ts";
import { type Loop, runGroup } from "../../runtime/group.ts";
import { Health, type Work } from "../../runtime/health.ts";
import { runAsLeader } from "../../runtime/leader.ts";
import { reduceMemory } from "../../runtime/memory-reducer.ts";
import { createMetrics, type Metrics } from "../../runtime/metrics.ts";
import type { QueueDelay } from "../../runtime/queue-meter.ts";
import type { Tracer } from "../../runtime/tracing.ts";
import { boundYoungGeneration } from "../../runtime/young-generation.ts";
import { type OnboardingAccess, withdrawOnboardingAccess } from "../platform/onboarding-access.ts";
import { TenantClusters } from "../platform/tenant-clusters.ts";
import { runServiceController } from "../service/controller.ts";
import type { ControllerDeps } from "../service/definition.ts";
import { countDroppedEvents, describeBuild, measureTenants } from "../service/provider-metrics.ts";
import { leaseName, selectorAnnotation } from "../service/shards.ts";
import type { Options } from "./options.ts";
import { openOnboarding } from "./init.ts";
import { startServers } from "./servers.ts";
import { openTracing } from "./tracing.ts";
import type { CommandContext } from "../command/command.ts";
import { fenced, onboardingOptions, openWorkplace, type Workplace } from "../command/workplace.ts";

/** A kubelet kills 30 s after it has asked to stop. */
const STOP_PROCESS_MS = 27_000;

/**
 * Serves the objects of the provider until the process is asked to stop.
 *
 * Then running reconciles are given time to finish. Rejects when the clusters cannot be used, or the lease was lost.
 */
export async function run(options: Options, context: CommandContext): Promise<void> {
  const metrics = createMetrics({ clock: systemClock });
  describeBuild(metrics, { version: context.program.version, node: context.nodeVersion });
  const tracing = await openTracing({ ...context, clock: systemClock });
  const tracer = tracing?.tracer;
  const observers = { onRequest: metrics.request, ...(tracer && { onExchange: tracer.exchange }) };
  const workplace = await openWorkplace(options, context, observers);
  const { clock, log, signal } = workplace;
  tracing?.logTo(log);
  const health = new Health({ clock });
  const readiness = new Readiness();
  health.addPrerequisite({ name: "caches", isMet: () => readiness.isMet() });
  health.addPrerequisite({ name: "running", isMet: () => !signal.aborted });
  const servers = await startServers(options, { health, metrics, platform: workplace.platform, clock, log, signal });
  const podName = context.env["POD_NAME"] ?? "";
  const deps: ServeDeps = { options, workplace, metrics, tracer, health, readiness, podName };

  const work = (stop: AbortSignal): Promise<void> =>
    options.leaderElect || options.watchSelector !== undefined
      ? lead(serveTenants, deps, stop)
      : serveTenants(deps, stop);
  try {
    await runGroup([{ name: "provider", run: work }, ...memoryLoops(context, workplace), ...servers.loops], {
      clock,
      log,
      signal,
      stopMs: STOP_PROCESS_MS,
    });
  } finally {
    await Promise.all([servers.close(), workplace.close(), tracing?.close()]);
  }
  log.info("stopped");
}

function memoryLoops({ process }: CommandContext, { clock, log }: Workplace): readonly Loop[] {
  return process === undefined
    ? []
    : [
        { name: "memory", run: (signal) => reduceMemory({ clock, log, signal, process }) },
        { name: "young generation", run: boundYoungGeneration },
      ];
}

/**
 * Does `work` while this process holds the provider's Lease in its own namespace; without it, nothing is written.
 *
 * Rejects when the Lease was lost: the process has to end, as somebody else works from now on.
 */
export async function lead(
  work: (deps: ServeDeps, signal: AbortSignal) => Promise<void>,
  deps: ServeDeps,
  signal: AbortSignal,
): Promise<void> {
  const { watchSelector, providerName } = deps.options;
  const { resource } = deps.workplace.program;
  deps.readiness.standBy();
  await holdLease(leaseName(providerName, watchSelector), deps, {
    signal,
    ...(watchSelector && { annotations: { [selectorAnnotation(resource.group)]: watchSelector.text } }),
    onLeading: () => deps.readiness.leads(),
    work: (stop, isLeading) => work({ ...deps, workplace: fenced(deps.workplace, isLeading) }, stop),
  });
}

type Holding = {
  readonly signal: AbortSignal;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly onLeading?: () => void;
  readonly work: (signal: AbortSignal, isLeading: () => boolean) => Promise<void>;
};

/** Does `work` while this process holds a Lease. Rejects when the Lease was lost. */
async function holdLease(
  name: string,
  deps: ServeDeps,
  { signal, annotations, onLeading, work }: Holding,
): Promise<void> {
  const { platform, namespace, clock, random, log } = deps.workplace;
  deps.metrics.leader(name, false);
  const end = await runAsLeader({
    client: platform,
    namespace,
    name,
    ...(annotations && { annotations }),
    // A pod that is restarted keeps its name, so the name alone does not tell two processes apart.
    identity: `${deps.podName === "" ? hostname() : deps.podName}_${randomUUID()}`,
    clock,
    random,
    log,
    signal,
    onLeading: () => {
      deps.metrics.leader(name, true);
      onLeading?.();
    },
    lead: work,
  });
  deps.metrics.leader(name, false);
  if (end === "lost") {
    throw new Error(`the Lease "${name}" was lost`);
  }
}

/** What the service is made of. */
export type ServeDeps = {
  readonly options: Options;
  readonly workplace: Workplace;
  readonly metrics: Metrics;
  readonly tracer?: Tracer | undefined;
  readonly health: Health;
  readonly readiness: Readiness;
  /** Empty when unknown. */
  readonly podName: string;
};

const DRAIN_MS = 15_000;
const STOP_MS = 20_000;
const FLUSH_EVENTS_MS = 2000;

/** Gets access to the onboarding cluster and serves the objects of the provider until `signal` is aborted. */
export async function serveTenants(deps: ServeDeps, signal: AbortSignal): Promise<void> {
  try {
    const onboarding = await openOnboarding({ ...deps.workplace, signal }, "onboarding-run");
    void withdrawFormerAccess(deps.workplace, signal);
    await serveWith(onboarding, deps, signal);
    await onboarding.close();
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}

const WITHDRAW_MS = 60_000;

/** Gives back access to the onboarding cluster that a predecessor has requested. Never throws. */
async function withdrawFormerAccess(workplace: Workplace, signal: AbortSignal): Promise<void> {
  const { program, log } = workplace;
  try {
    for (const controller of program.formerOnboardingControllers ?? []) {
      for (const localName of ["onboarding-init", "onboarding-run"] as const) {
        const { request, ...options } = onboardingOptions(workplace, { localName, token: {} });
        const former = { ...options, request: { ...request, controller }, timeoutMs: WITHDRAW_MS };
        await withdrawOnboardingAccess(former, { ...workplace, signal });
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      log.warn({ err: error }, "cannot give back the access of a predecessor to the onboarding cluster");
    }
  }
}

async function serveWith(onboarding: OnboardingAccess, deps: ServeDeps, signal: AbortSignal): Promise<void> {
  const { workplace, metrics, health } = deps;
  const { platform, connect, clientOptions, clock, log } = workplace;
  const cut = new AbortController();
  const duty = dutyOf(deps);
  const parts: ControllerParts = {
    onboarding: onboarding.client,
    onDuty: duty.began,
    tenantClusters: new TenantClusters({
      platform,
      connect,
      clientOptions: clientOptions("mcp"),
      // Who visits the cluster is told as well, and says of which object that is.
      onError: (error) => log.debug({ err: error }, "cannot reach the cluster of a tenant"),
    }),
    events: recordEvents(deps, cut.signal),
    observeTenants: measureTenants(metrics, { clock, onboardingExpiresAtMs: onboarding.expiresAtMs }),
  };
  const contacts = followContacts(health, clock);
  try {
    const loops = [
      {
        name: "controllers",
        run: (stop: AbortSignal) => runControllers(deps, { ...parts, contacts }, stop),
      },
      { name: "onboarding access", run: onboarding.follow },
      ...duty.loops,
    ];
    await runGroup(loops, { clock, log, signal, stopMs: STOP_MS });
  } finally {
    contacts.remove();
    await Promise.race([parts.events.flush(), clock.sleep(FLUSH_EVENTS_MS)]);
    cut.abort();
    await parts.tenantClusters.close();
  }
}

function recordEvents({ workplace, metrics, podName }: ServeDeps, signal: AbortSignal): EventRecorder {
  const { program, clock, log } = workplace;
  const onDrop = countDroppedEvents(metrics);
  return new EventRecorder({ component: program.name, instance: podName, clock, log, signal, onDrop });
}

/**
 * Of the processes with selectors, the one that holds a further Lease does what is done once for all tenants. It is the
 * Lease of a process without selector, which does that from the beginning.
 */
function dutyOf(deps: ServeDeps): { readonly began?: Promise<void>; readonly loops: readonly Loop[] } {
  const { providerName, watchSelector } = deps.options;
  if (watchSelector === undefined) {
    return { loops: [] };
  }
  const { promise: began, resolve: begin } = Promise.withResolvers<void>();
  const hold = (signal: AbortSignal): Promise<void> =>
    holdLease(leaseName(providerName), deps, { signal, onLeading: begin, work: untilAborted });
  return { began, loops: [{ name: "duty", run: hold }] };
}

type ControllerParts = Pick<ControllerDeps, "onboarding" | "tenantClusters" | "events" | "observeTenants" | "onDuty">;

async function runControllers(
  deps: ServeDeps,
  { contacts, ...parts }: ControllerParts & { readonly contacts: Contacts },
  signal: AbortSignal,
): Promise<void> {
  const { options, workplace, metrics, tracer, health, readiness } = deps;
  const { platform, namespace, clock, random, log, program } = workplace;
  let removeWork: (() => void) | undefined;
  try {
    await program.runController(runServiceController, {
      ...parts,
      platform,
      providerName: options.providerName,
      watchSelector: options.watchSelector,
      listLeases: async (stop) => (await platform.list(leases, { namespace, signal: stop })).items,
      podNamespace: namespace,
      hasAdmission: options.versionAdmission,
      clock,
      random,
      log,
      tracer,
      onRequest: metrics.onRequest,
      observe: (name) => ({ queue: metrics.queue(name), controller: metrics.controller(name) }),
      onContact: (cluster) => {
        contacts.note(cluster);
        metrics.contact(cluster);
      },
      onSynced: () => {
        readiness.synced();
        // Before, keys wait for servers.
        removeWork = health.addWork(describeDelays(metrics));
        log.info("the caches are filled, serving");
      },
      signal,
      drainMs: DRAIN_MS,
    });
  } finally {
    removeWork?.();
  }
}

/** When which cluster was last heard. */
export type Contacts = {
  readonly note: (cluster: "platform" | "onboarding") => void;
  /** Ends the checks. */
  readonly remove: () => void;
};

/** API servers send a bookmark about every minute, and watches are opened again after ten at most. */
const LONGEST_SILENCE_MS = 5 * 60_000;

/** Makes `/readyz` fail when one of the clusters has not been heard for long. */
export function followContacts(health: Health, clock: Clock): Contacts {
  const lastContacts = new Map<string, number>();
  const removals = ["platform", "onboarding"].map((name) =>
    health.addContact({ name, limitMs: LONGEST_SILENCE_MS, lastContactMs: () => lastContacts.get(name) }),
  );
  return {
    note: (cluster) => void lastContacts.set(cluster, clock.now()),
    remove: () => removals.forEach((remove) => remove()),
  };
}

/** Says for the probes which keys are not served. */
export function describeDelays(source: { readonly delays: () => readonly QueueDelay[] }): Work {
  const describe = (isMeant: (delay: QueueDelay) => boolean): string | undefined => {
    const found = source.delays().filter(isMeant);
    return found.length === 0 ? undefined : found.map(toText).join(", ");
  };
  return {
    name: "queues",
    delay: () => describe(({ unserved }) => unserved > 0),
    standstill: () => describe(({ isStuck }) => isStuck),
  };
}

function toText({ name, unserved, longestMs }: QueueDelay): string {
  return `${unserved} ${name} not served, the first for ${Math.round(longestMs / 1000)} s`;
}

/**
 * Knows whether the process can do what it is there for.
 *
 * It can once its caches are filled. While another replica leads, being on standby is all there is to do: a rollout
 * waits for new replicas to be ready before it ends the old ones, and one of those may lead.
 */
export class Readiness {
  #isOnStandby = false;
  #isSynced = false;

  /** Notes that somebody else may be leading. */
  standBy(): void {
    this.#isOnStandby = true;
  }

  /** Notes that this process leads. */
  leads(): void {
    this.#isOnStandby = false;
  }

  /** Notes that all caches are filled. */
  synced(): void {
    this.#isSynced = true;
  }

  /** Whether the process can do its work, or has none. */
  isMet(): boolean {
    return this.#isSynced || this.#isOnStandby;
  }
}
