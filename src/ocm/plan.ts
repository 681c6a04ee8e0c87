import type { HelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import { formatDuration } from "../kube/duration.ts";
import { accessState } from "../openmcp/platform/tenant-access.ts";
import type { OCM } from "./api/objects.ts";
import { type InUse, planInUse } from "./in-use.ts";
import type { Observed } from "./observed.ts";
import { copyPullSecret, type PullSecret } from "./pull-secret.ts";
import type { ReasonOf } from "./reasons.ts";
import { releaseAttempts, sourceAttempts } from "./retry/attempts.ts";
import { markInputs } from "./retry/inputs-mark.ts";
import { type Chart, SettingError, type Settings } from "./settings.ts";
import { pullSecretCopyName, type TenantObjects } from "./tenant-objects.ts";
import { toolkitRelease } from "./toolkit-release.ts";
import type { OperatorObjects } from "./trust/operator-objects.ts";
import { planTrust, type TrustPlan } from "./trust/plan-trust.ts";
import { chooseChart, isInUse, keepWithdrawn, type Kept, versionAnnotation } from "./versions.ts";

/** Why a part of the installation cannot be written yet. */
export type Hindrance<Reason extends string = ReasonOf<"ChartReady">> = {
  readonly state: "waiting" | "failed";
  readonly reason: Reason;
  readonly message: string;
};

/** What should lie on the platform for one tenant beside its AccessRequest. A part that is absent is left as it is. */
export type Plan = {
  readonly pullSecret?: Secret;
  readonly source?: OCIRepository;
  readonly release?: HelmRelease;
  /** What `source` and `release` refer to, beside the pull secret. */
  readonly trust?: TrustPlan;
  /** Why `source` is absent. */
  readonly hindrance?: Hindrance;
  /** Why everything is left as it is. */
  readonly kept?: Kept;
};

/** The operator's settings, or why there are none. */
export type ConfigReading =
  | {
      readonly config: Settings;
      readonly pullSecretOf: (chart: Pick<Chart, "pullSecret">) => PullSecret;
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
function planRest(...[observed, objects, settings]: Parameters<typeof planInUse>): InUse {
  try {
    return planInUse(observed, objects, settings);
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
  const { config, pullSecretOf, operator } = reading;
  const isCommon = chart.pullSecret === config.chart.pullSecret;
  const field = isCommon ? "spec.imagePullSecret" : `spec.versions[${ocm.spec.version}].chartPullSecret`;
  const copy = copyPullSecret(pullSecretOf(chart), objects, field);
  const interval = formatDuration(config.pollIntervalMs);
  const trust = planTrust(config.trust, chart.values, { operator, objects });
  const release = planRelease(chart, { objects, observed, interval, trust });
  const source = planSource(chart, { objects, interval, version: ocm.spec.version, trust });
  const { revision } = reading;
  return {
    source: markInputs(source, observed.source, { revision, attempts: sourceAttempts }),
    trust,
    ...(copy !== undefined && { pullSecret: copy }),
    ...(release !== undefined && {
      release: markInputs(release, observed.release, { revision, attempts: releaseAttempts }),
    }),
  };
}

/** What the objects are built from, beside the chart. */
type Parts = Pick<Seen, "objects"> & { readonly interval: string; readonly trust: TrustPlan };

function planSource(
  chart: Chart,
  { objects: { toolkit, labels }, interval, version, trust }: Parts & { readonly version: string },
): OCIRepository {
  const annotations = versionAnnotation(version, chart);
  return buildOCIRepository(
    { ...toolkit, labels, ...(annotations !== undefined && { annotations }) },
    {
      url: chart.url,
      ref: chart.version.ref,
      interval,
      ...(chart.pullSecret !== undefined && { secretName: pullSecretCopyName(chart.pullSecret) }),
      ...trust.chart.location,
    },
  );
}

function planRelease(
  { values }: Chart,
  { objects, observed, interval, trust }: Parts & Pick<Seen, "observed">,
): HelmRelease | undefined {
  const access = accessState(observed.accessRequest);
  if (access.state !== "granted") {
    return undefined;
  }
  return toolkitRelease(objects, {
    kubeconfigSecret: access.secretName,
    interval,
    ...(values !== undefined && { values }),
    ...(trust.postRenderers !== undefined && { postRenderers: trust.postRenderers }),
  });
}
