import { buildHelmRelease, type HelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import { formatDuration } from "../kube/duration.ts";
import { accessState } from "../openmcp/access-state.ts";
import type { OCM } from "./api/objects.ts";
import type { Chart } from "./chart.ts";
import { chooseChart, describeOffers, isSourceOf, versionAnnotation } from "./choose-chart.ts";
import type { Config } from "./config.ts";
import type { Observed } from "./observed.ts";
import { copyPullSecret, type PullSecret } from "./pull-secret.ts";
import type { ReasonOf } from "./reasons.ts";
import { markInputs } from "./retry/inputs-mark.ts";
import { SettingError } from "./setting-error.ts";
import {
  pullSecretCopyName,
  RELEASE_NAME,
  RELEASE_NAMESPACE,
  type TenantObjects,
  TOOLKIT_NAME,
} from "./tenant-objects.ts";

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
  /** Why `source` is absent. */
  readonly hindrance?: Hindrance;
  /** Says that everything is left as it is because the version is not on offer any more. */
  readonly withdrawn?: string;
};

/** The operator's settings, or why there are none. */
export type ConfigReading =
  | {
      readonly config: Config;
      readonly pullSecretOf: (chart: Pick<Chart, "pullSecret">) => PullSecret;
      /** Another one whenever the operator has changed something, the content of a secret included. */
      readonly revision: string;
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
    return { hindrance: seen.reading.hindrance };
  }
  try {
    const { config } = seen.reading;
    const chart = chooseChart(config, ocm.spec.version);
    return chart === undefined
      ? planWithoutOffer(ocm, seen.observed, config)
      : planChart(chart, { ocm, objects, ...seen, reading: seen.reading });
  } catch (error) {
    if (error instanceof SettingError) {
      return { hindrance: { state: "failed", reason: error.reason, message: error.message } };
    }
    throw error;
  }
}

// What Flux has been told to install is in use and stays; nothing new is begun.
function planWithoutOffer({ spec: { version } }: OCM, { source, release }: Observed, config: Config): Plan {
  const offers = describeOffers(config);
  if (source !== undefined && isSourceOf(source, version) && release !== undefined) {
    return { withdrawn: `version "${version}" is not offered any more and stays as it is (${offers})` };
  }
  throw new SettingError("VersionNotOffered", `spec.version: "${version}" is not offered (${offers})`);
}

type Seen = {
  readonly ocm: OCM;
  readonly objects: TenantObjects;
  readonly observed: Observed;
  readonly reading: Extract<ConfigReading, { readonly config: Config }>;
};

function planChart(chart: Chart, { ocm, objects, observed, reading }: Seen): Plan {
  const { config, pullSecretOf } = reading;
  const isCommon = chart.pullSecret === config.chart.pullSecret;
  const field = isCommon ? "spec.imagePullSecret" : `spec.versions[${ocm.spec.version}].chartPullSecret`;
  const copy = copyPullSecret(pullSecretOf(chart), objects, field);
  const interval = formatDuration(config.pollIntervalMs);
  const release = planRelease(chart, { objects, observed, interval });
  return {
    source: planSource(chart, { objects, interval, version: ocm.spec.version }),
    ...(copy !== undefined && { pullSecret: copy }),
    ...(release !== undefined && { release: markInputs(release, observed.release, reading.revision) }),
  };
}

function planSource(
  chart: Chart,
  { objects: { toolkit, labels }, interval, version }: Pick<Seen, "objects"> & Record<"interval" | "version", string>,
): OCIRepository {
  const annotations = versionAnnotation(version, chart);
  return buildOCIRepository(
    { ...toolkit, labels, ...(annotations !== undefined && { annotations }) },
    {
      url: chart.url,
      ref: chart.version.ref,
      interval,
      ...(chart.pullSecret !== undefined && { secretName: pullSecretCopyName(chart.pullSecret) }),
    },
  );
}

function planRelease(
  { values }: Chart,
  { objects: { toolkit, labels }, observed, interval }: Pick<Seen, "objects" | "observed"> & { interval: string },
): HelmRelease | undefined {
  const access = accessState(observed.accessRequest);
  if (access.state !== "granted") {
    return undefined;
  }
  return buildHelmRelease(
    { ...toolkit, labels },
    {
      chartName: TOOLKIT_NAME,
      releaseName: RELEASE_NAME,
      targetNamespace: RELEASE_NAMESPACE,
      kubeconfigSecret: access.secretName,
      interval,
      ...(values !== undefined && { values }),
    },
  );
}
