import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import { withoutProgress, withoutRoutine } from "../flux/readiness.ts";
import { secrets } from "../kube/core.ts";
import { serviceProvider, type ServiceProvider } from "../openmcp/program/service-provider.ts";
import type { Actions, Frame, ProviderDefinition } from "../openmcp/service/definition.ts";
import { KubeconfigReviews } from "../openmcp/service/kubeconfig-reviews.ts";
import type { Pass } from "../openmcp/service/service.ts";
import { versionAdmission } from "./admission.ts";
import { basisOf, isPassing } from "./basis.ts";
import { ocmCrds, offerCrd, providerConfigCrds } from "./api/crds.inlined.ts";
import { CURRENT_GROUP, EARLIER_GROUP, INSTALLATION_MARK } from "./api/group.ts";
import { type OCM, type ProviderConfig, resourcesOf } from "./api/objects.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { completeOffers, describeCatalogue } from "./catalogue.ts";
import { ReconcileContext, type ReconcileDeps } from "./context.ts";
import { diagnosis } from "./diagnosis.ts";
import { discoveries, withoutDescriptors } from "./discovery.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { inspection } from "./inspection.ts";
import { isAtRest, isRemovalFailing, noteWithdrawn } from "./provider-config.ts";
import { ensure, known, remove } from "./reconcile.ts";
import { REQUESTS_TO_FLUX } from "./retry.ts";
import { isSilent, settled, valuesOf } from "./settled.ts";
import { standIn } from "./stand-in.ts";
import { TOOLKIT_GROUP } from "./user-objects.ts";
import { configMapsOf, readSettings, secretsOf, type Settings } from "./settings.ts";
import { ObservedState } from "./state.ts";
import { asksForSame, describeVersion, type Kept } from "./versions.ts";
import { FIRST_RELEASE_NAME, FIRST_SOURCE_NAME, LOOKUP_NAME, TOOLKIT_NAME, type Names } from "./names.ts";

// Filled in when the bundle is built.
declare const SERVICE_PROVIDER_OCM_VERSION: string | undefined;

/** All that the provider of the OCM K8s Toolkit is made of. */
export const definition: ProviderDefinition<OCM, ProviderConfig, Settings> = {
  name: FIELD_MANAGER,
  version: typeof SERVICE_PROVIDER_OCM_VERSION === "string" ? SERVICE_PROVIDER_OCM_VERSION : "dev",
  summary: "Installs the OCM K8s Toolkit on control planes of an openMCP platform.",
  ...resourcesOf(CURRENT_GROUP),
  earlier: [resourcesOf(EARLIER_GROUP)],
  controller: INSTALLATION_MARK,
  // The Go provider, from v0.2.0 on.
  formerOnboardingControllers: [CURRENT_GROUP],
  crds: [...ocmCrds, offerCrd, ...providerConfigCrds],
  settings: {
    read: readSettings,
    secretsOf,
    configMapsOf,
    pollIntervalMs: ({ pollIntervalMs }) => pollIntervalMs,
    supplement: {
      resource: discoveries,
      project: withoutDescriptors,
      nameOf: ({ versionsFrom }) => versionsFrom?.name,
      complete: completeOffers,
    },
    describe: describeCatalogue,
  },
  shardsOf: ({ spec }) => spec?.shards,
  note: noteWithdrawn,
  asksFor: describeVersion,
  asksForSame,
  isRemovalFailing,
  versionsOf: ({ spec, status }) => ({
    wanted: spec.version,
    ...(status?.installedVersion !== undefined && { installed: status.installedVersion }),
  }),
  inspection,
  admission: versionAdmission,
  rehearsal: {
    settled,
    standIn,
    isSilent,
    valuesOf,
    keepingReasons: ["VersionWithdrawn", "SettingsNotInForce"] satisfies readonly Kept["reason"][],
    bookkeeping: [ANNOTATIONS.retried, ANNOTATIONS.firstAccess],
    tokens: REQUESTS_TO_FLUX,
  },
  diagnosis,
  service: (frame) => {
    const deps = reconcileDeps(frame);
    const contextOf = (ocm: OCM, pass: Pass): ReconcileContext =>
      new ReconcileContext(deps, { ocm, reading: frame.settings(), pass });
    return {
      ensure: (ocm, pass) => ensure(contextOf(ocm, pass)),
      remove: (ocm, pass) => remove(contextOf(ocm, pass)),
      known: (ocm) => known(contextOf(ocm, NOT_PASSING)),
      basis: (ocm, namespace) => basisOf(deps, { ocm, namespace, read: frame.settings }),
      isPassing: (ocm) => isPassing(deps, ocm),
      tokenExpiresAtMs: () => deps.kubeconfigReviews.tokenExpiresAtMs(),
      forget: (key) => {
        deps.targetLooks.delete(key);
        deps.clearedTargets.delete(key);
        deps.kubeconfigReviews.forget(key);
      },
    } satisfies Actions<OCM>;
  },
};

/** The provider of the OCM K8s Toolkit. */
export const provider: ServiceProvider = serviceProvider(definition);

// Nothing is done for it.
const NOT_PASSING: Pass = {
  force: false,
  signal: AbortSignal.abort(),
  dropReady: () => Promise.resolve(),
  dropReadySoon: () => Promise.resolve(),
  confirmLast: () => Promise.resolve(),
};

const readingsOfRelease = { always: withoutProgress, whenReady: withoutRoutine } as const;

function reconcileDeps(frame: Frame<Settings>): ReconcileDeps {
  const { platform: client, clusterRequests, accessRequests, targets, shardKeyOf, clock } = frame;
  const stores = {
    clusterRequests,
    accessRequests,
    secretCopies: frame.watch(secrets, "managed"),
    ociRepositories: frame.watch(ociRepositories, { name: TOOLKIT_NAME }, { always: withoutProgress }),
    lookups: frame.watch(ociRepositories, { name: LOOKUP_NAME }, { always: withoutProgress }),
    helmReleases: frame.watch(helmReleases, { name: TOOLKIT_NAME }, readingsOfRelease),
  };
  const platform = { client, stores };
  return {
    platform,
    leftovers: {
      sources: frame.watch(ociRepositories, { name: FIRST_SOURCE_NAME }),
      releases: frame.watch(helmReleases, { name: FIRST_RELEASE_NAME }),
    },
    targets,
    shardKeyOf,
    userObjectWatches: frame.watchControlPlanes(TOOLKIT_GROUP),
    kubeconfigReviews: new KubeconfigReviews({
      platform,
      clock,
      accessRequestOf: (names: Names) => new ObservedState(stores, names).accessRequest,
      isAtRest,
    }),
    targetLooks: new Map(),
    clearedTargets: new Set(),
    clock,
  };
}
