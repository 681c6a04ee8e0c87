import type { OCIRepository } from "../flux/oci-repository.ts";
import type { Secret } from "../kube/core.ts";
import type { OCM } from "./api/objects.ts";
import type { Chart } from "./chart.ts";
import { describeOffers } from "./choose-chart.ts";
import type { Config } from "./config.ts";
import { isInUse, type Kept } from "./kept.ts";
import type { Observed } from "./observed.ts";
import { copyPullSecret, type PullSecret } from "./pull-secret.ts";
import { SettingError } from "./setting-error.ts";
import { pullSecretCopyName, type TenantObjects } from "./tenant-objects.ts";

/** The part of a plan for an installation whose version was taken back. */
export type KeptInstallation = {
  readonly kept: Kept;
  readonly pullSecret?: Secret;
};

type Settings = {
  readonly config: Config;
  readonly pullSecretOf: (chart: Pick<Chart, "pullSecret">) => PullSecret;
};

/**
 * Decides what should lie on the platform when the version asked for is not on offer. Pure.
 *
 * What Flux has been told to install is in use: it stays as it is, and its pull secret is still followed. Nothing new
 * is begun: anything else throws a SettingError.
 */
export function planWithoutOffer(
  { spec: { version } }: OCM,
  objects: TenantObjects,
  { observed, settings }: { readonly observed: Observed; readonly settings: Settings },
): KeptInstallation {
  const offers = describeOffers(settings.config);
  const { source } = observed;
  if (source === undefined || !isInUse(observed, version)) {
    throw new SettingError("VersionNotOffered", `spec.version: "${version}" is not offered (${offers})`);
  }
  const pullSecret = copyInUse(source, objects, settings);
  const message = `version "${version}" is not offered any more and stays as it is (${offers})`;
  return {
    kept: { reason: "VersionWithdrawn", message },
    ...(pullSecret !== undefined && { pullSecret }),
  };
}

// A secret that only the entry named, or that is gone, cannot be followed: its last copy goes on serving.
function copyInUse({ spec }: OCIRepository, objects: TenantObjects, settings: Settings): Secret | undefined {
  const { chart, offers } = settings.config;
  const inUse = [chart, ...offers.map((offer) => offer.chart)].find(
    ({ pullSecret }) => pullSecret !== undefined && pullSecretCopyName(pullSecret) === spec?.secretRef?.name,
  );
  const secret = inUse === undefined ? undefined : settings.pullSecretOf(inUse);
  return secret?.state === "present" ? copyPullSecret(secret, objects, "spec.imagePullSecret") : undefined;
}
