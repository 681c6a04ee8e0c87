import { untilAborted } from "../../kube/deadline.ts";
import type { KubeObject } from "../../kube/object.ts";
import { Backoff } from "../../runtime/backoff.ts";
import { runController, type Retry } from "../../runtime/controller.ts";
import { keyOf, refOf } from "../../runtime/key.ts";
import { FIRST_PACE, Pace } from "../../runtime/pace.ts";
import { WorkQueue } from "../../runtime/queue.ts";
import { Slots } from "../../runtime/slots.ts";
import type { TokenAccess } from "../platform/kinds.ts";
import { tenantNamespace } from "../platform/names.ts";
import { AdmissionKeeper } from "./admission.ts";
import { ControlPlaneWatches } from "./control-plane-watches.ts";
import { ControlPlaneAccess } from "./control-planes.ts";
import {
  type Actions,
  type ControllerDeps,
  controllersOf,
  type Frame,
  type ProviderDefinition,
  type Targets,
} from "./definition.ts";
import { EVERY_NAMESPACE, reconcileOwnNamespaces } from "./own-namespaces.ts";
import { followReconcile } from "./operation.ts";
import { problemsIn } from "./problems-in.ts";
import { reconcileProviderConfig } from "./provider-config.ts";
import { RestingTenants } from "./resting-tenants.ts";
import { createReconciler } from "./reconciler.ts";
import { isHeld } from "./served.ts";
import type { Service } from "./service.ts";
import { SettingsSource } from "./settings-source.ts";
import { isForReaders, type ServiceObject } from "./status.ts";
import { countLater, isArriving } from "./tenant-counts.ts";
import { type ProviderFigures, tenantFigures } from "./tenant-figures.ts";
import { followVerbosityOf, verbosityAnnotation } from "./verbosity.ts";
import { countUnserved } from "./unserved.ts";
import { visitedTargets } from "./visited-targets.ts";
import { type Queues, Watches } from "./watches.ts";

/** What fails is tried again after this time at the latest, and after the poll interval where that is shorter. */
const LONGEST_DELAY_MS = 300_000;
// Many tenants on their way shall not cost a write of the ProviderConfig's status each.
const COUNT_AFTER_MS = 2_000;
const COUNT_ARRIVALS_AFTER_MS = 30_000;

/** What is kept on the onboarding cluster, and the queue by which it is looked at again. */
type Kept<S> = { readonly keeper: AdmissionKeeper<S>; readonly queue: WorkQueue };

type Reconcile = (key: string, signal: AbortSignal) => Promise<Retry>;

/**
 * Serves the objects of a provider until `signal` is aborted.
 *
 * Returns when no reconcile is running any more. Nothing is reconciled before every cache is filled: an empty cache
 * would look like a world in which everything is gone.
 */
export async function runServiceController<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  deps: ControllerDeps,
): Promise<void> {
  const controller = new ServiceController(definition, deps);
  await controller.run();
}

class ServiceController<T extends ServiceObject, C extends ServiceObject, S> {
  readonly #definition: ProviderDefinition<T, C, S>;
  readonly #deps: ControllerDeps;
  /** Name of the tenants' queue, as metrics and logs know it. */
  readonly #name: string;
  readonly #queues: Queues;
  readonly #slots = new Slots(FIRST_PACE.limit);
  readonly #watches: Watches<T, C>;
  readonly #settings: SettingsSource<C, S>;
  readonly #controlPlaneWatches: ControlPlaneWatches[] = [];
  readonly #controlPlaneAccess: ControlPlaneAccess[] = [];
  /** Keys of objects that the next pass shall check without shortcuts. */
  readonly #reconcileRequests = new Set<string>();
  /** Says which fields of an object the present schema of its kind would refuse. */
  readonly #problemsOf: (object: KubeObject) => readonly string[];
  readonly #actions: Actions<T>;
  readonly #resting: RestingTenants<T>;
  readonly #admission: Kept<S> | undefined;

  constructor(definition: ProviderDefinition<T, C, S>, deps: ControllerDeps) {
    const queueOf = (name: string): WorkQueue =>
      new WorkQueue({ clock: deps.clock, observer: deps.observe(name).queue });
    this.#definition = definition;
    this.#deps = deps;
    this.#name = definition.resource.kind.toLowerCase();
    this.#queues = {
      tenants: queueOf(this.#name),
      config: queueOf("providerconfig"),
      namespaces: queueOf("namespace"),
    };
    this.#problemsOf = problemsIn(definition.crds);
    this.#watches = new Watches({ ...definition, problemsOf: this.#problemsOf }, deps, this.#queues);
    const { providerConfigs, operatorSecrets, operatorConfigMaps, supplements } = this.#watches;
    const stores = { providerConfigs, operatorSecrets, operatorConfigMaps, ...(supplements && { supplements }) };
    this.#settings = new SettingsSource({ ...deps, ...stores, problemsOf: this.#problemsOf }, definition.settings);
    this.#watches.onSettingsChange(() => this.#settings.prepare());
    this.#actions = definition.service(this.#frame());
    followVerbosityOf(providerConfigs, deps.providerName, {
      log: deps.log,
      annotation: verbosityAnnotation(definition.configResource.group),
      tellOperator: (message) => this.#tellOperator(message, "InvalidAnnotation"),
    });
    this.#resting = new RestingTenants<T>({
      watches: this.#watches,
      settings: this.#settings,
      actions: this.#actions,
      queue: this.#queues.tenants,
      reconcileRequests: this.#reconcileRequests,
    });
    if (this.#watches.shards.isOneOfMany) {
      // Only one process consumes the annotation.
      followReconcile(providerConfigs, deps.providerName, () => this.#recheckAll());
    }
    this.#admission = this.#makeAdmission(queueOf);
  }

  async run(): Promise<void> {
    const { signal, onSynced } = this.#deps;
    const stop = new AbortController();
    const watching = this.#watches.run(stop.signal);
    await this.#watches.synced(signal);
    if (!signal.aborted) {
      const endFigures = this.#deps.observeTenants?.follow(() => this.#figures());
      const endPace = this.#deps.onRequest?.(new Pace(this.#deps.clock, this.#slots).observe);
      const endCount = this.#resting.count(this.#deps.onRequest);
      onSynced();
      this.#queues.namespaces.add(EVERY_NAMESPACE);
      const { tenants } = this.#queues;
      await Promise.all([
        this.#runQueue({ name: this.#name, queue: tenants, slots: this.#slots, reconcile: this.#ofTenants() }),
        this.#runDuty(),
      ]);
      [endPace, endCount, endFigures].forEach((end) => end?.());
    }
    stop.abort();
    this.#admission?.keeper.close();
    this.#controlPlaneWatches.forEach((watches) => watches.close());
    this.#watches.close();
    await watching;
  }

  /** Does what is done once for all tenants, of whichever shard. */
  async #runDuty(): Promise<void> {
    const { onDuty, signal } = this.#deps;
    await Promise.race([onDuty, untilAborted(signal)]);
    if (!signal.aborted) {
      const { config, namespaces } = this.#queues;
      await Promise.all([
        this.#watches.unserved?.run(signal),
        this.#runQueue({ name: "providerconfig", queue: config, slots: new Slots(1), reconcile: this.#ofConfigs() }),
        this.#runQueue({ name: "namespace", queue: namespaces, slots: new Slots(1), reconcile: this.#ofNamespaces() }),
        this.#runAdmission(),
      ]);
    }
  }

  #figures(): ProviderFigures {
    const settings = this.#settings;
    const { unserved } = this.#watches;
    const found = unserved === undefined ? [] : unserved.found;
    const areInForce = settings.fault === undefined && "settings" in settings.read();
    return {
      ...tenantFigures(this.#watches.ours(), this.#definition),
      areSettingsInForce: settings.isStarting ? undefined : areInForce,
      unserved: found && countUnserved(found),
      tokenExpiresAtMs: this.#actions.tokenExpiresAtMs?.(),
    };
  }

  #runQueue(queue: Pick<Parameters<typeof runController>[0], "name" | "queue" | "slots" | "reconcile">): Promise<void> {
    const { clock, random, log, tracer, signal, drainMs, observe } = this.#deps;
    const maxMs = (): number => Math.min(LONGEST_DELAY_MS, this.#settings.pollIntervalMs());
    const metrics = observe(queue.name).controller;
    const backoff = new Backoff({ random, maxMs });
    return runController({ ...queue, clock, backoff, log, tracer, signal, drainMs, ...(metrics && { metrics }) });
  }

  #ofTenants(): Reconcile {
    const onFailure = (object: T, error: Error): void => this.#tellOfFailure(object, error);
    const { objects: served, shards } = this.#watches;
    const isShared = shards.isOneOfMany;
    const onOnboarding = { ...this.#deps, client: this.#deps.onboarding, served, isShared, onFailure };
    const service = this.#service();
    const pass = createReconciler(service, { ...onOnboarding, reconcileRequests: this.#reconcileRequests });
    const reconcile: Reconcile = async (key, signal) => {
      if (this.#watches.mayPass(key)) {
        return this.#resting.pass(key, () => pass(key, signal));
      }
      this.#letGo(key);
      return "never";
    };
    return countLater(reconcile, this.#watches.objects, (before, after) =>
      this.#queues.config.addAfter(
        this.#deps.providerName,
        isArriving(before, after) ? COUNT_ARRIVALS_AFTER_MS : COUNT_AFTER_MS,
        { cause: "count of tenants" },
      ),
    );
  }

  #service(): Service<T> {
    const { asksFor, asksForSame } = this.#definition;
    const { ensure, remove, known } = this.#actions;
    const problemsOf = this.#problemsOf;
    const isValid = (object: T): boolean => problemsOf(object).length === 0;
    return {
      pollIntervalMs: () => this.#settings.pollIntervalMs(),
      problemsOf,
      isPaused: (object, signal) => this.#isPaused(object, signal),
      comparison: {
        isSame: (one, other) =>
          [one, other].every(isValid) && asksForSame?.(one, other, this.#settings.read()) === true,
        asksFor: (object) => (isValid(object) ? asksFor?.(object) : undefined),
      },
      ensure,
      remove,
      ...(known && { known }),
      forget: (key) => {
        const { name, namespace = "" } = refOf(key);
        this.#letGo(key);
        this.#queues.namespaces.add(tenantNamespace(name, namespace));
      },
    };
  }

  /** Ends all that is held in this process for a tenant. */
  #letGo(key: string): void {
    const { name, namespace = "" } = refOf(key);
    this.#actions.forget?.(key);
    this.#resting.forget(key);
    this.#controlPlaneWatches.forEach((watches) => watches.stop(key));
    this.#controlPlaneAccess.forEach((access) => access.forget(key));
    this.#deps.tenantClusters.forget(tenantNamespace(name, namespace));
    this.#queues.tenants.cancel(key);
  }

  /**
   * While the operator has the ProviderConfig ignored, or the settings of a new process are still being read, tenants
   * stay as they are; only deletion goes on.
   */
  async #isPaused(object: T, signal: AbortSignal): Promise<boolean> {
    if (!isHeld(object)) {
      await this.#watches.refreshConfig(signal);
    }
    // Both end with a change that wakes every tenant.
    return this.#settings.isIgnored || this.#settings.isStarting;
  }

  #ofConfigs(): Reconcile {
    const watches = this.#watches;
    return reconcileProviderConfig<T, C>({
      ...this.#definition,
      ...this.#deps,
      client: this.#deps.platform,
      served: watches.providerConfigs,
      tenants: watches.objects,
      settings: this.#settings,
      recheckAll: () => this.#recheckAll(),
      silences: () => watches.silences(),
      shardsInForce: watches.shardsInForce,
      unserved: () => (watches.unserved === undefined ? [] : (watches.unserved.found ?? "unknown")),
    });
  }

  #recheckAll(): void {
    this.#watches.ours().forEach((object) => this.#reconcileRequests.add(keyOf(object)));
    this.#watches.recheckAll("operation annotation of the ProviderConfig");
  }

  #makeAdmission(queueOf: (name: string) => WorkQueue): Kept<S> | undefined {
    const { admission } = this.#definition;
    if (admission === undefined) {
      return undefined;
    }
    const queue = queueOf("admission");
    const wake = (): void => queue.add(this.#deps.providerName);
    const keeper = new AdmissionKeeper<S>({
      ...this.#deps,
      definition: { ...this.#definition, admission },
      isWanted: this.#deps.hasAdmission,
      settings: this.#settings,
      wake,
      tellOperator: (message) => this.#tellOperator(message, "AdmissionUnavailable"),
    });
    this.#watches.onSettingsChange(wake);
    return { keeper, queue };
  }

  async #runAdmission(): Promise<void> {
    if (this.#admission !== undefined) {
      const { keeper, queue } = this.#admission;
      queue.add(this.#deps.providerName);
      const reconcile: Reconcile = (_, signal) => keeper.reconcile(signal);
      await this.#runQueue({ name: "admission", queue, slots: new Slots(1), reconcile });
    }
  }

  #ofNamespaces(): Reconcile {
    const { platform: client, clock } = this.#deps;
    const { tenants, clusterRequests } = this.#watches;
    return reconcileOwnNamespaces({
      client,
      clock,
      fieldManager: this.#definition.name,
      isNeeded: (name) => tenants.keyOf(name) !== undefined || clusterRequests.inNamespace(name).length > 0,
      addAfter: (name, afterMs) => this.#queues.namespaces.addAfter(name, afterMs),
    });
  }

  #frame(): Frame<S> {
    const { platform, clock, log } = this.#deps;
    const { clusterRequests, accessRequests, watch, shards } = this.#watches;
    const targets = visitedTargets({
      tenantClusters: this.#deps.tenantClusters,
      slots: this.#slots,
      pollIntervalMs: () => this.#settings.pollIntervalMs(),
      // It may be known without a request that a cluster is silent, and that counts for a while only.
      onVisit: () => this.#resting.noteRequest(),
      onSilence: (message) => this.#tellOperator(message),
    });
    return {
      platform,
      fieldManager: this.#definition.name,
      clusterRequests,
      accessRequests,
      watch,
      watchControlPlanes: (group) => this.#watchControlPlanes(group),
      settings: () => this.#settings.read(),
      targets,
      shardKeyOf: (object) => shards.keyOf(object),
      controlPlanes: (token) => this.#controlPlanes({ token, targets }),
      clock,
      log,
    };
  }

  #controlPlanes({ token, targets }: { readonly token: TokenAccess; readonly targets: Targets }): ControlPlaneAccess {
    const { name: fieldManager } = this.#definition;
    const { clusterRequests, accessRequests } = this.#watches;
    const access = new ControlPlaneAccess({
      frame: { platform: this.#deps.platform, fieldManager, clusterRequests, accessRequests, targets },
      controllers: controllersOf(this.#definition),
      token,
      pollIntervalMs: () => this.#settings.pollIntervalMs(),
    });
    this.#controlPlaneAccess.push(access);
    return access;
  }

  #watchControlPlanes(group: string): ControlPlaneWatches {
    const { tenantClusters: clusters } = this.#deps;
    const onChange = (key: string): void => this.#queues.tenants.add(key, { cause: "object on the control plane" });
    const watches = new ControlPlaneWatches({ ...this.#deps, clusters, group, onChange });
    this.#controlPlaneWatches.push(watches);
    return watches;
  }

  // What an error says of the platform is for no tenant.
  #tellOfFailure(object: KubeObject, error: Error): void {
    if (!isForReaders(error)) {
      this.#tellOperator(`${this.#definition.resource.kind} ${keyOf(object)}: ${error.message}`);
    }
  }

  #tellOperator(message: string, reason = "ReconcileFailed"): void {
    const { events, platform, providerName } = this.#deps;
    const config = this.#watches.providerConfigs.get(providerName);
    if (config !== undefined) {
      events.record(platform, config, { type: "Warning", reason, message });
    }
  }
}
