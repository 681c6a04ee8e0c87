import type { OCM } from "./api/objects.ts";
import { describeOffers } from "./choose-chart.ts";
import { type InUse, planInUse, type Settings } from "./in-use.ts";
import { isInUse, type Kept } from "./kept.ts";
import type { Observed } from "./observed.ts";
import { SettingError } from "./setting-error.ts";
import type { TenantObjects } from "./tenant-objects.ts";

/** The part of a plan for an installation whose version was taken back. */
export type KeptInstallation = InUse & { readonly kept: Kept };

/**
 * Decides what should lie on the platform when the version asked for is not on offer. Pure.
 *
 * What Flux has been told to install is in use: it stays as it is, and its copies of the operator's objects still follow these. Nothing new
 * is begun: anything else throws a SettingError.
 */
export function planWithoutOffer(
  { spec: { version } }: OCM,
  objects: TenantObjects,
  { observed, settings }: { readonly observed: Observed; readonly settings: Settings },
): KeptInstallation {
  const offers = describeOffers(settings.config);
  if (!isInUse(observed, version)) {
    throw new SettingError("VersionNotOffered", `spec.version: "${version}" is not offered (${offers})`);
  }
  const message = `version "${version}" is not offered any more and stays as it is (${offers})`;
  return { ...planInUse(observed, objects, settings), kept: { reason: "VersionWithdrawn", message } };
}
