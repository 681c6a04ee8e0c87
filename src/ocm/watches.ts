import { configMaps, secrets, type ConfigMap, type Secret } from "../kube/core.ts";
import { type FollowFailure, Informer } from "../runtime/informer.ts";
import { keyOf, refOf } from "../runtime/key.ts";
import { NamedInformers } from "../runtime/named-informers.ts";
import type { WorkQueue } from "../runtime/queue.ts";
import type { Store } from "../runtime/store.ts";
import { ocms, type OCM, type ProviderConfig } from "./api/objects.ts";
import type { OcmControllerDeps } from "./controller-deps.ts";
import type { PlatformStores } from "./state.ts";
import { createPlatformInformers, type Following } from "./platform-informers.ts";
import type { LeftoverStores } from "./context.ts";
import { TenantIndex } from "./tenant-index.ts";

/** The queues that changes are turned into keys of. */
export type Queues = { readonly ocm: WorkQueue; readonly config: WorkQueue; readonly namespaces: WorkQueue };

/** Everything that is watched all the time, and what is known from it. */
export type Watches = {
  readonly ocms: Store<OCM>;
  readonly providerConfigs: Store<ProviderConfig>;
  readonly platform: PlatformStores;
  /** What an earlier provider left on the platform. */
  readonly leftovers: LeftoverStores;
  readonly tenants: TenantIndex;
  /** Secrets of the operator, in the provider's own namespace, by name. */
  readonly operatorSecrets: NamedInformers<Secret>;
  /** The same for ConfigMaps. */
  readonly operatorConfigMaps: NamedInformers<ConfigMap>;
  /** Puts every OCM object into its queue. */
  readonly recheckAll: () => void;
  /** The watches that have failed for long. */
  silences(): readonly Silence[];
  /** Follows everything until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when every cache is filled, or `signal` is aborted. */
  synced(signal: AbortSignal): Promise<void>;
  close(): void;
};

/** A watch that has failed for long. */
export type Silence = { readonly cluster: string; readonly resource: string; readonly failure: FollowFailure };

/** API servers are upgraded, and certificates renewed, in less. */
const LONGEST_FAILURE_MS = 5 * 60_000;

/** Sets up the watches, each of which wakes exactly the objects that its changes concern. */
export function createWatches(deps: OcmControllerDeps, queues: Queues): Watches {
  const { clock, random, log } = deps;
  const onPlatform = { clock, random, log, client: deps.platform, onContact: () => deps.onContact("platform") };
  const onOnboarding = { clock, random, log, client: deps.onboarding, onContact: () => deps.onContact("onboarding") };
  const onboarding = new Informer<OCM>({ ...onOnboarding, resource: ocms });
  const platform = createPlatformInformers(onPlatform);
  const recheckAll = (): void => onboarding.store.list().forEach((ocm) => queues.ocm.add(keyOf(ocm)));
  const recheckSettings = (): void => {
    queues.config.add(deps.providerName);
    recheckAll();
  };
  const ofOperator = { ...onPlatform, namespace: deps.podNamespace, onChange: recheckSettings };
  const operatorSecrets = new NamedInformers<Secret>({ ...ofOperator, resource: secrets });
  const operatorConfigMaps = new NamedInformers<ConfigMap>({ ...ofOperator, resource: configMaps });

  const tenants = new TenantIndex(onboarding.store);
  onboarding.store.onChange(({ key }) => queues.ocm.add(key));
  for (const { store } of platform.tenantObjects) {
    store.onChange(({ key }) => addIfKnown(queues.ocm, tenants.keyOf(refOf(key).namespace)));
  }
  platform.providerConfigs.store.onChange(({ key }) =>
    key === deps.providerName ? recheckSettings() : queues.config.add(key),
  );

  const informers: readonly Following[] = [onboarding, platform.providerConfigs, ...platform.tenantObjects];
  return {
    ocms: onboarding.store,
    providerConfigs: platform.providerConfigs.store,
    platform: platform.stores,
    leftovers: platform.leftovers,
    tenants,
    operatorSecrets,
    operatorConfigMaps,
    recheckAll,
    silences: () => silencesOf(informers, clock.now()),
    run: async (signal) => void (await Promise.all(informers.map((informer) => informer.run(signal)))),
    synced: async (signal) => void (await Promise.all(informers.map((informer) => informer.synced(signal)))),
    close: () => [operatorSecrets, operatorConfigMaps].forEach((objects) => objects.close()),
  };
}

function silencesOf(informers: readonly Following[], nowMs: number): readonly Silence[] {
  return informers.flatMap((informer) => {
    const failure = informer.failure();
    const isLong = failure !== undefined && nowMs - failure.sinceMs >= LONGEST_FAILURE_MS;
    const cluster = informer.resource === ocms ? "onboarding" : "platform";
    return isLong ? [{ cluster, resource: informer.resource.plural, failure }] : [];
  });
}

function addIfKnown(queue: WorkQueue, key: string | undefined): void {
  if (key !== undefined) {
    queue.add(key);
  }
}
