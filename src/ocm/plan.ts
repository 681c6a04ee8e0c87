import { isDeepStrictEqual } from "node:util";

import { buildHelmRelease, type HelmRelease, type PostRenderer, type ReleaseTarget } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import { formatDuration } from "../kube/duration.ts";
import type { Reading, SettingsInForce } from "../openmcp/service/definition.ts";
import { ANNOTATIONS } from "./annotations.ts";
import type { OCM } from "./api/objects.ts";
import type { Blocker, ReasonOf } from "./reasons.ts";
import { type Offer, SettingError, type Settings } from "./settings.ts";
import { catalogueOf } from "./catalogue.ts";
import { desiredLookup } from "./lookup.ts";
import { type ChartSecrets, desiredChartSecrets, needsInUse, needsOf } from "./chart-secrets.desired.ts";
import { desiredPostRenderers, desiredTargetSecrets, type TargetSecrets } from "./target-secrets.desired.ts";
import { isMarked, isUntouched, type State } from "./state.ts";
import { fluxLabels, RELEASE_NAME, RELEASE_NAMESPACE, type Names, TOOLKIT_NAME } from "./names.ts";
import { chooseOffer, isInUse, keepWithdrawn, type Kept, versionAnnotation } from "./versions.ts";

/** The desired objects of one tenant, beside its AccessRequest. An absent field leaves the object as it is. */
export type Plan = {
  /** Copies of the operator's Secrets in the tenant namespace. If there is a source, it needs no other copies. */
  readonly copies: readonly Secret[];
  readonly source?: OCIRepository;
  /** Needed only while Flux cannot pull the tag that the tenant asks for, and another one may be meant. */
  readonly lookup?: OCIRepository;
  /** Secrets beside the toolkit's pods, on the cluster where these run. */
  readonly targetSecrets?: TargetSecrets;
  readonly release?: HelmRelease;
  /** The reason why there is no source. */
  readonly blocker?: Blocker<ReasonOf<"ChartReady">>;
  /** The reason why the installation stays exactly as it is, and counts as the one that the tenant asks for. */
  readonly kept?: Kept;
};

type InForce = SettingsInForce<Settings>;

type Seen = { readonly names: Names; readonly state: State };

/**
 * Returns the desired objects of an OCM object. Pure.
 *
 * Flux fetches the chart while the platform still grants access; the HelmRelease needs both.
 */
export function planOf(ocm: OCM, reading: Reading<Settings>, seen: Seen): Plan {
  const plan =
    "blocker" in reading ? planWithoutSettings(ocm, reading.blocker, seen.state) : planWith(ocm, reading, seen);
  if (seen.state.controlPlane === "present") {
    return plan;
  }
  if (plan.kept !== undefined) {
    return { copies: [], kept: plan.kept };
  }
  // Another blocker than the missing control plane comes first: somebody may have to act on it.
  const message = "the chart is fetched when the platform has the control plane";
  return { copies: [], blocker: plan.blocker ?? { state: "waiting", reason: "WaitingForControlPlane", message } };
}

// The settings became invalid while no process was running that could keep the last valid ones.
function planWithoutSettings({ spec: { version } }: OCM, blocker: NonNullable<Plan["blocker"]>, state: State): Plan {
  if (blocker.reason !== "InvalidProviderConfig" || !isInUse(state, version)) {
    return { copies: [], blocker };
  }
  const message = `version ${version} is installed and stays as it is while ${blocker.message}`;
  return { copies: [], kept: { reason: "SettingsNotInForce", message } };
}

function planWith(ocm: OCM, inForce: InForce, seen: Seen): Plan {
  const { version } = ocm.spec;
  try {
    const offer = chooseOffer(inForce, version);
    if (offer !== undefined) {
      return planOffer(offer, { ...seen, inForce });
    }
    const kept = keepWithdrawn(version, seen.state, inForce);
    return { ...planInUse(inForce, seen), kept };
  } catch (error) {
    const { reason, message } = asSettingError(error);
    const state = reason === "VersionsUnknown" ? "waiting" : "failed";
    return { ...planRest(inForce, seen), blocker: { state, reason, message } };
  }
}

// The copies of an installation follow the operator's objects although the tenant asks for a version that is blocked.
function planRest(inForce: InForce, seen: Seen): Plan {
  try {
    return planInUse(inForce, seen);
  } catch (error) {
    asSettingError(error);
    return { copies: [] };
  }
}

function asSettingError(error: unknown): SettingError {
  if (error instanceof SettingError) {
    return error;
  }
  throw error;
}

function planOffer(offer: Offer, { names, state, inForce }: Seen & { readonly inForce: InForce }): Plan {
  const { settings, operator } = inForce;
  const { chart } = offer;
  const needs = needsOf(chart, offer.version, settings);
  const { copies, location } = desiredChartSecrets(needs, operator, names);
  const postRenderers = desiredPostRenderers(needs, operator);
  const interval = formatDuration(settings.pollIntervalMs);
  const source = desiredSource(offer, { names, state, interval, location });
  // An offer is the operator's to correct.
  const lookup = catalogueOf(inForce) === undefined ? desiredLookup(source, state.source, names) : undefined;
  return {
    copies,
    source,
    ...(lookup !== undefined && { lookup }),
    targetSecrets: desiredTargetSecrets(needs, operator, names),
    ...(state.access.state === "granted" && {
      release: toolkitRelease(names, {
        kubeconfigSecret: state.access.secretName,
        interval,
        ...(chart.values !== undefined && { values: chart.values }),
        ...(postRenderers !== undefined && { postRenderers }),
      }),
    }),
  };
}

type SourceParts = Seen & {
  readonly interval: string;
  readonly location: ChartSecrets["location"];
};

function desiredSource(offer: Offer, { names, state, interval, location }: SourceParts): OCIRepository {
  const { chart } = offer;
  const { toolkit, target } = names;
  // Access makes a Helm release possible: before, there can be none. A first access tells by itself that it is not granted
  // yet, so the annotation may come along when the OCIRepository is created.
  const isOnTarget = state.access.state === "granted" || isMarked(state) || isUntouched(state);
  const annotations = {
    ...(isOnTarget && { [ANNOTATIONS.installedOn]: target }),
    ...versionAnnotation(offer),
  };
  return buildOCIRepository(
    { ...toolkit, labels: fluxLabels(names), ...(Object.keys(annotations).length > 0 && { annotations }) },
    { url: chart.url, ref: chart.version.ref, interval, ...location },
  );
}

/** Builds the HelmRelease of a tenant's toolkit. Its names are the same for every tenant. */
export function toolkitRelease(
  names: Names,
  target: Omit<ReleaseTarget, "chartName" | "releaseName" | "targetNamespace">,
): HelmRelease {
  return buildHelmRelease(
    { ...names.toolkit, labels: fluxLabels(names) },
    { chartName: TOOLKIT_NAME, releaseName: RELEASE_NAME, targetNamespace: RELEASE_NAMESPACE, ...target },
  );
}

/**
 * Plans the copies and the kubeconfig for an installation that stays as it is, so that changed content and access reach it
 * whatever stands in the way of anything new. Throws a SettingError for an object that cannot be used.
 */
function planInUse(inForce: InForce, { names, state }: Seen): Plan {
  const { source, release } = state;
  if (source === undefined || release === undefined) {
    return { copies: [] };
  }
  const { operator } = inForce;
  const needs = needsInUse(inForce, source, release);
  const changed = withSecrets(release, { names, state }, desiredPostRenderers(needs, operator));
  return {
    copies: desiredChartSecrets(needs, operator, names).copies,
    targetSecrets: desiredTargetSecrets(needs, operator, names),
    ...(changed !== undefined && { release: changed }),
  };
}

/** The release with the present kubeconfig and bundle; undefined if it has both. */
function withSecrets(
  { spec }: HelmRelease,
  { names, state: { access } }: Seen,
  // The pods read a bundle once: a changed digest restarts them.
  postRenderers: readonly PostRenderer[] | undefined = spec?.postRenderers,
): HelmRelease | undefined {
  if (spec === undefined) {
    return undefined;
  }
  const present = spec.kubeConfig.secretRef.name;
  const kubeconfigSecret = access.state === "granted" ? access.secretName : present;
  if (kubeconfigSecret === present && isDeepStrictEqual(spec.postRenderers, postRenderers)) {
    return undefined;
  }
  return toolkitRelease(names, {
    kubeconfigSecret,
    interval: spec.interval,
    ...(spec.values !== undefined && { values: spec.values }),
    ...(postRenderers !== undefined && { postRenderers }),
  });
}
