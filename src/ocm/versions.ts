import type { HelmRelease } from "../flux/helm-release.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import { ANNOTATIONS } from "./annotations.ts";
import type { OCM } from "./api/objects.ts";
import { catalogueOf } from "./catalogue.ts";
import type { ReasonOf } from "./reasons.ts";
import { type Chart, type Offer, parseChartVersion, SettingError } from "./settings.ts";

type InForce = Parameters<typeof catalogueOf>[0];

/** The reason why an installation stays exactly as it is, and counts as the one that the tenant asks for. */
export type Kept = {
  readonly reason: Extract<ReasonOf<"ChartReady">, "VersionWithdrawn" | "SettingsNotInForce">;
  readonly message: string;
};

/** A tenant's Flux objects as they are. */
type Installed = { readonly source: OCIRepository | undefined; readonly release: HelmRelease | undefined };

const MOST_LISTED = 20;
const LONGEST_QUOTED = 200;

/**
 * Finds the chart of a version; undefined if the version is not on offer.
 *
 * Without a list of offers every version stands for itself. Throws a SettingError if such a text is no version.
 */
export function chooseChart(inForce: InForce, wanted: string): Chart | undefined {
  const offers = catalogueOf(inForce);
  return offers === undefined
    ? { ...inForce.settings.chart, version: parseChartVersion(wanted) }
    : offers.find(({ version }) => version === wanted)?.chart;
}

/**
 * Says why an installation stays whose version is not on offer.
 *
 * Throws a SettingError if the version is not in use: nothing new begins with it.
 */
export function keepWithdrawn(wanted: string, installed: Installed, inForce: InForce): Kept {
  const offers = describeOffers(catalogueOf(inForce) ?? []);
  if (!isInUse(installed, wanted)) {
    throw new SettingError("VersionNotOffered", `spec.version: "${quotable(wanted)}" is not offered (${offers})`);
  }
  const message = `version "${wanted}" is not offered any more and stays as it is (${offers})`;
  return { reason: "VersionWithdrawn", message };
}

/** Names the version that an OCM object asks for. */
export function describeVersion({ spec: { version } }: OCM): string {
  return `version ${quotable(version)}`;
}

// The schema limits no version, and the words behind it shall still be read.
function quotable(version: string): string {
  return version.slice(0, LONGEST_QUOTED);
}

function describeOffers(offers: readonly Offer[]): string {
  const listed = offers.slice(0, MOST_LISTED).map(({ version }) => version);
  const more = offers.length - listed.length;
  return `on offer: ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Whether Flux has been told to install the version. */
export function isInUse({ source, release }: Installed, wanted: string): boolean {
  return source !== undefined && release !== undefined && isSourceOf(source, wanted);
}

function isSourceOf(source: OCIRepository, wanted: string): boolean {
  const annotated = source.metadata.annotations?.[ANNOTATIONS.version];
  return annotated === undefined ? isRefOf(source, wanted) : annotated === wanted;
}

function isRefOf({ spec }: OCIRepository, wanted: string): boolean {
  const [tag, digest] = wanted.split("@");
  const ref = spec?.ref;
  return ref !== undefined && ("digest" in ref ? ref.digest === digest : ref.tag === tag && digest === undefined);
}

/** Returns the annotation of an OCIRepository whose reference does not tell the version that the tenant asks for. */
export function versionAnnotation(wanted: string, { version }: Chart): Readonly<Record<string, string>> | undefined {
  return version.text === wanted ? undefined : { [ANNOTATIONS.version]: wanted };
}
