import { isDeepStrictEqual } from "node:util";

import type { HelmRelease, PostRenderer } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import { formatDuration } from "../kube/duration.ts";
import { accessState } from "../openmcp/platform/tenant-access.ts";
import type { OCM } from "./api/objects.ts";
import { type ChartSecrets, desiredChartSecrets, needsInUse, needsOf } from "./chart-secrets.desired.ts";
import type { Observed } from "./observed.ts";
import type { OperatorObjects } from "./operator-objects.ts";
import type { ReasonOf } from "./reasons.ts";
import { releaseAttempts, sourceAttempts } from "./retry/attempts.ts";
import { inputsOf, markInputs, withMark } from "./retry/inputs-mark.ts";
import { type Chart, SettingError, type Settings } from "./settings.ts";
import { desiredPostRenderers, desiredTargetSecrets, type TargetSecrets } from "./target-secrets.desired.ts";
import type { TenantObjects } from "./tenant-objects.ts";
import { toolkitRelease } from "./toolkit-release.ts";
import { chooseChart, isInUse, keepWithdrawn, type Kept, versionAnnotation } from "./versions.ts";

/** Why a part of the installation cannot be written yet. */
export type Hindrance<Reason extends string = ReasonOf<"ChartReady">> = {
  readonly state: "waiting" | "failed";
  readonly reason: Reason;
  readonly message: string;
};

/** What should lie on the platform for one tenant beside its AccessRequest. A part that is absent is left as it is. */
export type Plan = {
  /** Copies of the operator's Secrets in the tenant namespace. */
  readonly copies?: readonly Secret[];
  readonly source?: OCIRepository;
  /** Secrets beside the toolkit's pods. */
  readonly targetSecrets?: TargetSecrets;
  readonly release?: HelmRelease;
  /** Why `source` is absent. */
  readonly hindrance?: Hindrance;
  /** Why everything is left as it is. */
  readonly kept?: Kept;
};

/** The operator's settings, or why there are none. */
export type ConfigReading =
  | {
      readonly config: Settings;
      /** Another one whenever the operator has changed something, the content of a secret included. */
      readonly revision: string;
      readonly operator: OperatorObjects;
    }
  | { readonly hindrance: Hindrance };

/**
 * Decides what should lie on the platform for an OCM object. Pure.
 *
 * The chart is fetched while access is still being granted; the release needs both.
 */
export function planInstallation(
  ocm: OCM,
  objects: TenantObjects,
  seen: { observed: Observed; reading: ConfigReading },
): Plan {
  if ("hindrance" in seen.reading) {
    return planWithoutSettings(ocm, seen.reading.hindrance, seen.observed);
  }
  try {
    const chart = chooseChart(seen.reading.config, ocm.spec.version);
    return chart === undefined
      ? planWithdrawn(ocm, objects, { ...seen, reading: seen.reading })
      : planChart(chart, { ocm, objects, ...seen, reading: seen.reading });
  } catch (error) {
    if (error instanceof SettingError) {
      const hindrance = { state: "failed", reason: error.reason, message: error.message } as const;
      return { ...planRest(seen.observed, objects, seen.reading), hindrance };
    }
    throw error;
  }
}

// The copies of an installation that stays still follow the operator's objects.
function planWithdrawn(
  { spec: { version } }: OCM,
  objects: TenantObjects,
  { observed, reading }: Pick<Seen, "observed" | "reading">,
): Plan {
  const kept = keepWithdrawn(version, observed, reading.config);
  return { ...planInUse(observed, objects, reading), kept };
}

// What runs meanwhile goes on being served, as far as that is possible.
function planRest(...[observed, objects, reading]: Parameters<typeof planInUse>): Plan {
  try {
    return planInUse(observed, objects, reading);
  } catch (error) {
    if (error instanceof SettingError) {
      return {};
    }
    throw error;
  }
}

// Settings that have gone bad while no process was there to remember the last good ones.
function planWithoutSettings({ spec: { version } }: OCM, hindrance: Hindrance, observed: Observed): Plan {
  if (hindrance.reason !== "InvalidProviderConfig" || !isInUse(observed, version)) {
    return { hindrance };
  }
  const message = `version ${version} is installed and stays as it is while ${hindrance.message}`;
  return { kept: { reason: "SettingsNotInForce", message } };
}

type Seen = {
  readonly ocm: OCM;
  readonly objects: TenantObjects;
  readonly observed: Observed;
  readonly reading: Extract<ConfigReading, { readonly config: Settings }>;
};

function planChart(chart: Chart, { ocm, objects, observed, reading }: Seen): Plan {
  const { config, operator, revision } = reading;
  const needs = needsOf(chart, ocm.spec.version, config);
  const { copies, location } = desiredChartSecrets(needs, operator, objects);
  const interval = formatDuration(config.pollIntervalMs);
  const postRenderers = desiredPostRenderers(needs, operator);
  const release = planRelease(chart, { objects, observed, interval, postRenderers });
  const source = planSource(chart, { objects, interval, version: ocm.spec.version, location });
  return {
    copies,
    source: markInputs(source, observed.source, { revision, attempts: sourceAttempts }),
    targetSecrets: desiredTargetSecrets(needs, operator, objects),
    ...(release !== undefined && {
      release: markInputs(release, observed.release, { revision, attempts: releaseAttempts }),
    }),
  };
}

type SourceParts = Pick<Seen, "objects"> &
  Pick<ChartSecrets, "location"> & {
    readonly interval: string;
    readonly version: string;
  };

function planSource(
  chart: Chart,
  { objects: { toolkit, labels }, interval, version, location }: SourceParts,
): OCIRepository {
  const annotations = versionAnnotation(version, chart);
  return buildOCIRepository(
    { ...toolkit, labels, ...(annotations !== undefined && { annotations }) },
    { url: chart.url, ref: chart.version.ref, interval, ...location },
  );
}

type ReleaseParts = Pick<Seen, "objects" | "observed"> & {
  readonly interval: string;
  readonly postRenderers: readonly PostRenderer[] | undefined;
};

function planRelease(
  { values }: Chart,
  { objects, observed, interval, postRenderers }: ReleaseParts,
): HelmRelease | undefined {
  const access = accessState(observed.accessRequest);
  if (access.state !== "granted") {
    return undefined;
  }
  return toolkitRelease(objects, {
    kubeconfigSecret: access.secretName,
    interval,
    ...(values !== undefined && { values }),
    ...(postRenderers !== undefined && { postRenderers }),
  });
}

/**
 * Plans the copies for an installation that stays as it is, so that changed content reaches them whatever stands in the
 * way of anything new. Throws a SettingError for an object that cannot be used.
 */
function planInUse({ source, release }: Observed, objects: TenantObjects, reading: Seen["reading"]): Plan {
  if (source === undefined || release === undefined) {
    return {};
  }
  const { operator } = reading;
  const needs = needsInUse(reading, source, release);
  const { copies } = desiredChartSecrets(needs, operator, objects);
  const restarted = withBundle(release, objects, desiredPostRenderers(needs, operator));
  return {
    copies,
    targetSecrets: desiredTargetSecrets(needs, operator, objects),
    ...(restarted !== undefined && { release: restarted }),
  };
}

// The pods read a bundle once: with another digest of it they restart.
function withBundle(
  live: HelmRelease,
  objects: TenantObjects,
  postRenderers: readonly PostRenderer[] | undefined,
): HelmRelease | undefined {
  const { spec } = live;
  if (spec === undefined || postRenderers === undefined || isDeepStrictEqual(spec.postRenderers, postRenderers)) {
    return undefined;
  }
  const release = toolkitRelease(objects, {
    kubeconfigSecret: spec.kubeConfig.secretRef.name,
    interval: spec.interval,
    ...(spec.values !== undefined && { values: spec.values }),
    postRenderers,
  });
  return withMark(release, inputsOf(live));
}
