import type { HelmRelease } from "../flux/helm-release.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import { isNeverPulled } from "../flux/readiness.ts";
import type { Reading } from "../openmcp/service/definition.ts";
import { ANNOTATIONS } from "./annotations.ts";
import type { OCM } from "./api/objects.ts";
import { catalogueOf, isCatalogueUnknown } from "./catalogue.ts";
import type { ReasonOf } from "./reasons.ts";
import { type Offer, parseChartVersion, SettingError, type Settings } from "./settings.ts";

type InForce = Parameters<typeof catalogueOf>[0];

/** The reason why an installation stays exactly as it is, and counts as the one that the tenant asks for. */
export type Kept = {
  readonly reason: Extract<ReasonOf<"ChartReady">, "VersionWithdrawn" | "SettingsNotInForce">;
  readonly message: string;
};

/** A tenant's Flux objects as they are. */
type Installed = { readonly source: OCIRepository | undefined; readonly release: HelmRelease | undefined };

const MOST_LISTED = 20;
/** Of a version in a message, in characters. */
export const LONGEST_QUOTED = 200;

/**
 * Returns the texts by which a version is looked up, the first one that exists counts: word for word, then without one
 * leading `v`.
 *
 * The platform's web UI orders `v0.16.0`, while the tags of the chart have no `v`.
 */
export function spellingsOf(wanted: string): readonly string[] {
  return /^v\d/.test(wanted) ? [wanted, wanted.slice(1)] : [wanted];
}

/**
 * Finds what a version means: its name, and its chart; undefined if the version is not on offer.
 *
 * Without a list of offers every version stands for itself. Throws a SettingError if such a text is no version.
 */
export function chooseOffer(inForce: InForce, wanted: string): Offer | undefined {
  const offers = catalogueOf(inForce);
  return offers === undefined
    ? { version: wanted, chart: { ...inForce.settings.chart, version: parseChartVersion(wanted) } }
    : findOffer(offers, wanted);
}

function findOffer(offers: readonly Offer[], wanted: string): Offer | undefined {
  const found = spellingsOf(wanted).map((text) => offers.find(({ version }) => version === text));
  return found.find((offer) => offer !== undefined);
}

/** Whether two OCM objects ask for one version, however they spell it. */
export function asksForSame({ spec: one }: OCM, { spec: other }: OCM, reading: Reading<Settings>): boolean {
  const offers = "settings" in reading ? catalogueOf(reading) : undefined;
  // A version that is not offered any more is still recognized without its `v`.
  const nameOf = (wanted: string): string | undefined =>
    findOffer(offers ?? [], wanted)?.version ?? spellingsOf(wanted).at(-1);
  return one.version === other.version || (offers !== undefined && nameOf(one.version) === nameOf(other.version));
}

/**
 * Says why an installation stays whose version is not on offer.
 *
 * Throws a SettingError if the version is not in use: nothing new begins with it.
 */
export function keepWithdrawn(wanted: string, installed: Installed, inForce: InForce): Kept {
  if (isCatalogueUnknown(inForce)) {
    return keepUnknown(wanted, installed);
  }
  const offers = describeOffers(catalogueOf(inForce) ?? []);
  if (!isInUse(installed, wanted)) {
    throw new SettingError("VersionNotOffered", `spec.version: "${quotable(wanted)}" is not offered (${offers})`);
  }
  const message = `version "${wanted}" is not offered any more and stays as it is (${offers})`;
  return { reason: "VersionWithdrawn", message };
}

// Nothing is withdrawn, and nothing is refused, by a list that was not read.
function keepUnknown(wanted: string, installed: Installed): Kept {
  const why = "the platform has not read the versions on offer yet";
  if (!isInUse(installed, wanted)) {
    throw new SettingError(
      "VersionsUnknown",
      `waiting to find out whether version ${quotable(wanted)} is on offer: ${why}`,
    );
  }
  return { reason: "SettingsNotInForce", message: `version ${wanted} is installed and stays as it is while ${why}` };
}

/** Names the version that an OCM object asks for. */
export function describeVersion({ spec: { version } }: OCM): string {
  return `version ${quotable(version)}`;
}

// The schema limits no version, and the words behind it shall still be read.
function quotable(version: string): string {
  return version.slice(0, LONGEST_QUOTED);
}

/** Lists what is on offer, for people. */
export function describeOffers(offers: readonly Offer[]): string {
  const listed = offers.slice(0, MOST_LISTED).map(({ version }) => version);
  const more = offers.length - listed.length;
  return `on offer: ${listed.length === 0 ? "none" : listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/**
 * Whether Flux has been told to install the version, under this spelling or the one without a leading `v`, and has not
 * failed with the very tag.
 */
export function isInUse({ source, release }: Installed, wanted: string): boolean {
  const isTold = source !== undefined && release !== undefined;
  return isTold && !isNeverPulled(source) && spellingsOf(wanted).some((text) => isSourceOf(source, text));
}

function isSourceOf(source: OCIRepository, wanted: string): boolean {
  const annotated = source.metadata.annotations?.[ANNOTATIONS.version];
  return annotated === undefined ? isRefOf(source, wanted) : annotated === wanted;
}

function isRefOf({ spec }: OCIRepository, wanted: string): boolean {
  const [tag, digest] = wanted.split("@");
  const { tag: live, digest: pin } = { tag: undefined, digest: undefined, ...spec?.ref };
  return pin === undefined ? live === tag && digest === undefined : pin === digest;
}

/** Returns the annotation of an OCIRepository whose reference does not tell the name of the offer. */
export function versionAnnotation({
  version: name,
  chart: { version },
}: Offer): Readonly<Record<string, string>> | undefined {
  return version.text === name ? undefined : { [ANNOTATIONS.version]: name };
}
