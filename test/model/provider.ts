import type { Obj } from "../../sim/object.ts";
import type { Clock } from "../../src/kube/clock.ts";
import type { Secret } from "../../src/kube/core.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { CURRENT_GROUP, EARLIER_GROUP } from "../../src/ocm/api/group.ts";
import { type OCM, type ProviderConfig, resourcesOf } from "../../src/ocm/api/objects.ts";
import { ReconcileContext, type ReconcileDeps } from "../../src/ocm/context.ts";
import { isAtRest } from "../../src/ocm/provider-config.ts";
import { ensure, known, remove } from "../../src/ocm/reconcile.ts";
import { configMapsOf, readSettings, secretsOf } from "../../src/ocm/settings.ts";
import { ObservedState } from "../../src/ocm/state.ts";
import type { Names } from "../../src/ocm/names.ts";
import { ControlPlaneWatches } from "../../src/openmcp/service/control-plane-watches.ts";
import { KubeconfigReviews } from "../../src/openmcp/service/kubeconfig-reviews.ts";
import { leaderOf, Served } from "../../src/openmcp/service/served.ts";
import { createReconciler } from "../../src/openmcp/service/reconciler.ts";
import type { Pass, Service } from "../../src/openmcp/service/service.ts";
import { SettingsSource } from "../../src/openmcp/service/settings-source.ts";
import { StatusDebounce } from "../../src/openmcp/service/status-debounce.ts";
import { EventRecorder } from "../../src/runtime/events.ts";
import { createLogger } from "../../src/runtime/log.ts";
import type { Store } from "../../src/runtime/store.ts";
import { viewOf } from "./caches.ts";
import { type Calls, clientOf, wholeClient } from "./client.ts";
import { NOW_MS, type Runtime } from "./runtime.ts";
import {
  accessOf,
  type KindName,
  type OcmName,
  OCM_NAMES,
  OCM_REF,
  POD_SECRET,
  PULL_SECRET,
  type StoreName,
} from "./world.ts";

/** What the operator has set. */
export type Settings = {
  readonly spec: NonNullable<ProviderConfig["spec"]>;
};

/** What a deliberate mistake can get at. */
export type Tools = {
  readonly client: Calls;
  readonly seen: (name: KindName) => Obj | undefined;
  /** Takes down the answer to a write. */
  readonly wrote: (name: KindName, object: KubeObject | undefined) => void;
};

/** A deliberate mistake, put between the provider's code and the world. */
export type Mistake = {
  /** What becomes of calls on the platform. */
  readonly onPlatform?: (client: Calls, tools: Tools) => Partial<Calls>;
  /** What becomes of calls on the onboarding cluster. */
  readonly onOnboarding?: (client: Calls, tools: Tools) => Partial<Calls>;
  /** What becomes of calls on clusters on which toolkits run. */
  readonly onTarget?: (client: Calls) => Partial<Calls>;
  /** What the caches say of objects. */
  readonly lie?: (name: KindName, object: Obj, seen: Tools["seen"]) => Obj | undefined;
  readonly service?: (service: Service<OCM>, tools: Tools) => Service<OCM>;
  /** The order in which the API groups lead. */
  readonly order?: (groups: readonly string[]) => readonly string[];
};

const clock: Clock = { now: () => NOW_MS, sleep: () => new Promise(() => undefined) };
const log = createLogger({ level: "silent", pretty: false });
const never = new AbortController().signal;

// A status that says little new waits for seconds; in a model without time the seconds have passed.
StatusDebounce.prototype.wait = () => undefined;

/** Runs one pass over the OCM object, as the shipped program does. */
export async function runPass(plain: Runtime, settings: Settings, mistake: Mistake = {}): Promise<void> {
  const runtime = lying(plain, mistake);
  const [onPlatform, onOnboarding] = [clientOf("platform", runtime), clientOf("onboarding", runtime)];
  const tools = toolsOf(onPlatform, runtime);
  const correct = serviceOf(depsOf(runtime, onPlatform, mistake), settings);
  const reconcile = createReconciler<OCM>(mistake.service?.(correct, tools) ?? correct, {
    client: wholeClient(onOnboarding, mistake.onOnboarding?.(onOnboarding, tools)),
    served: servedOf(runtime, mistake),
    events: new SilentRecorder(),
    clock,
    random: () => 0,
    log,
    onFailure: () => undefined,
    isShared: false,
    reconcileRequests: new Set(),
  });
  try {
    await reconcile(`${OCM_REF.namespace}/${OCM_REF.name}`, never);
  } catch (error) {
    // The controller tries again.
    if (!(error instanceof Error)) {
      throw error;
    }
  }
}

const STORES: Readonly<Record<string, StoreName>> = { [CURRENT_GROUP]: "currentOcms", [EARLIER_GROUP]: "ocms" };

function servedOf(runtime: Runtime, { order = (groups) => groups }: Mistake): Served<OCM> {
  const groups = order(Object.keys(STORES));
  return new Served(
    groups.map((group) => ({ ...resourcesOf(group), store: viewOf<OCM>(STORES[group] ?? "ocms", runtime) })),
  );
}

class SilentRecorder extends EventRecorder {
  constructor() {
    super({ component: "model", instance: "model", clock, log, signal: never });
  }

  override record(): void {
    // Nobody in the model reads Events.
  }
}

/** As `src/ocm/provider.ts` makes it, but for what is given to it. */
function serviceOf(deps: ReconcileDeps, settings: Settings): Service<OCM> {
  const source = settingsOf(settings);
  const contextOf = (ocm: OCM, pass: Pass): ReconcileContext =>
    new ReconcileContext(deps, { ocm, reading: source.read(), pass });
  return {
    pollIntervalMs: () => 60_000,
    problemsOf: () => [],
    comparison: { asksFor: ({ spec }) => `version ${spec.version}` },
    ensure: (ocm, pass) => ensure(contextOf(ocm, pass)),
    remove: (ocm, pass) => remove(contextOf(ocm, pass)),
    known: (ocm) =>
      known(
        contextOf(ocm, {
          force: false,
          signal: never,
          dropReady: () => Promise.resolve(),
          dropReadySoon: () => Promise.resolve(),
          confirmLast: () => Promise.resolve(),
        }),
      ),
  };
}

function depsOf(runtime: Runtime, onPlatform: Calls, mistake: Mistake): ReconcileDeps {
  const view = <T extends KubeObject>(name: StoreName): Store<T> => viewOf<T>(name, runtime);
  const stores: ReconcileDeps["platform"]["stores"] = {
    clusterRequests: view("clusterRequests"),
    accessRequests: view("accessRequests"),
    secretCopies: view("secretCopies"),
    ociRepositories: view("ociRepositories"),
    lookups: view("lookups"),
    helmReleases: view("helmReleases"),
  };
  const client = wholeClient(onPlatform, mistake.onPlatform?.(onPlatform, toolsOf(onPlatform, runtime)));
  const platform = { client, stores };
  const targets: ReconcileDeps["targets"] = {
    visit: (secret, pass, work) => {
      const onTarget = clientOf(accessOf(secret.name), runtime);
      return work(wholeClient(onTarget, mistake.onTarget?.(onTarget)), pass.signal);
    },
  };
  return {
    platform,
    leftovers: { releases: view("firstReleases"), sources: view("firstSources") },
    targets,
    shardKeyOf: () => undefined,
    userObjectWatches: new ControlPlaneWatches({
      clusters: { use: () => new Promise(() => undefined) },
      clock,
      random: () => 0,
      log,
      group: "none.example",
      onChange: () => undefined,
    }),
    kubeconfigReviews: new KubeconfigReviews({
      platform,
      clock,
      accessRequestOf: (names: Names) => new ObservedState(stores, names).accessRequest,
      isAtRest,
    }),
    ...runtime.recall(leaderIn(runtime)),
    clock,
  };
}

/** The OCM object for which the pass is. */
function leaderIn(runtime: Runtime): OcmName | undefined {
  const seen = OCM_NAMES.map((name) => ({ name, object: runtime.seen(name) as KubeObject | undefined }));
  const leader = leaderOf(seen.map(({ object }) => object).filter((object) => object !== undefined));
  return seen.find(({ object }) => object !== undefined && object === leader)?.name;
}

function lying(runtime: Runtime, { lie }: Mistake): Runtime {
  if (lie === undefined) {
    return runtime;
  }
  return {
    ask: (request) => runtime.ask(request),
    wrote: (name, object) => runtime.wrote(name, object),
    recall: (leader) => runtime.recall(leader),
    seen: (name) => {
      const object = runtime.seen(name);
      return object === undefined ? undefined : lie(name, object, (other) => runtime.seen(other));
    },
  };
}

function toolsOf(client: Calls, runtime: Runtime): Tools {
  return {
    client,
    seen: (name) => runtime.seen(name),
    wrote: (name, object) => runtime.wrote(name, object as unknown as Obj | undefined),
  };
}

const dockerConfig = { ".dockerconfigjson": Buffer.from('{"auths":{"registry.example.com":{}}}').toString("base64") };

function secretNamed(name: string): Secret {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "openmcp-system", uid: name, resourceVersion: "1" },
    type: "kubernetes.io/dockerconfigjson",
    data: dockerConfig,
  };
}

function settingsOf({ spec }: Settings): SettingsSource<ProviderConfig, ReturnType<typeof readSettings>> {
  const config = {
    apiVersion: `${EARLIER_GROUP}/v1alpha1`,
    kind: "ProviderConfig",
    metadata: { name: "ocm", uid: "config", generation: 1, resourceVersion: "1" },
    spec,
  } as ProviderConfig;
  const follow = { failure: () => undefined, follow: () => undefined, isSettled: () => true };
  return new SettingsSource(
    {
      providerConfigs: { get: () => config },
      operatorSecrets: {
        ...follow,
        look: (name) =>
          [PULL_SECRET, POD_SECRET].includes(name)
            ? { state: "present", object: secretNamed(name) }
            : { state: "absent" },
      },
      operatorConfigMaps: { ...follow, look: () => ({ state: "absent" }) },
      providerName: "ocm",
      podNamespace: "openmcp-system",
      clock,
      problemsOf: () => [],
    },
    { read: readSettings, secretsOf, configMapsOf },
  );
}
