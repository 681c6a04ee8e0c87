import { buildHelmRelease, type HelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import { formatDuration } from "../kube/duration.ts";
import { accessState } from "../openmcp/access-state.ts";
import { StalledError } from "../runtime/errors.ts";
import type { OCM } from "./api/objects.ts";
import { parseChartVersion } from "./chart-version.ts";
import type { Config } from "./config.ts";
import type { Observed } from "./observed.ts";
import { copyPullSecret, type PullSecret } from "./pull-secret.ts";
import {
  pullSecretCopyName,
  RELEASE_NAME,
  RELEASE_NAMESPACE,
  type TenantObjects,
  TOOLKIT_NAME,
} from "./tenant-objects.ts";

/** Why a part of the installation cannot be written yet. */
export type Hindrance = {
  readonly state: "waiting" | "failed";
  readonly reason: string;
  readonly message: string;
};

/** What should lie on the platform for one tenant beside its AccessRequest. A part that is absent is left as it is. */
export type Plan = {
  readonly pullSecret?: Secret;
  readonly source?: OCIRepository;
  readonly release?: HelmRelease;
  /** Why `source` is absent. */
  readonly hindrance?: Hindrance;
};

/** The operator's settings, or why there are none. */
export type ConfigReading =
  | { readonly config: Config; readonly pullSecret: PullSecret }
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
    const { config, pullSecret } = seen.reading;
    const copy = copyPullSecret(pullSecret, objects);
    const source = planSource(ocm, objects, config);
    const release = planRelease(objects, seen.observed, config);
    return {
      source,
      ...(copy !== undefined && { pullSecret: copy }),
      ...(release !== undefined && { release }),
    };
  } catch (error) {
    if (error instanceof StalledError) {
      return { hindrance: { state: "failed", reason: error.reason, message: error.message } };
    }
    throw error;
  }
}

function planSource(ocm: OCM, { toolkit, labels }: TenantObjects, config: Config): OCIRepository {
  return buildOCIRepository(
    { ...toolkit, labels },
    {
      url: config.chartURL,
      ref: parseChartVersion(ocm.spec.version).ref,
      interval: formatDuration(config.pollIntervalMs),
      ...(config.pullSecret !== undefined && { secretName: pullSecretCopyName(config.pullSecret) }),
    },
  );
}

function planRelease({ toolkit, labels }: TenantObjects, observed: Observed, config: Config): HelmRelease | undefined {
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
      interval: formatDuration(config.pollIntervalMs),
      ...(config.values !== undefined && { values: config.values }),
    },
  );
}
