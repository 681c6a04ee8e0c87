import type { OCIRepository } from "../flux/oci-repository.ts";
import { OCM_GROUP } from "./api/group.ts";
import type { Chart } from "./chart.ts";
import { parseChartVersion } from "./chart-version.ts";
import type { Config } from "./config.ts";

// Tells which version the tenant has asked for where the reference of the OCIRepository does not.
const VERSION_ANNOTATION = `${OCM_GROUP}/version`;

const MOST_LISTED = 20;

/**
 * Finds the chart that the operator has for a version; undefined when the version is not on offer.
 *
 * Without a list of offers every version stands for itself. Throws a SettingError when such a one is no version.
 */
export function chooseChart({ chart, offers }: Config, wanted: string): Chart | undefined {
  return offers.length === 0
    ? { ...chart, version: parseChartVersion(wanted) }
    : offers.find(({ version }) => version === wanted)?.chart;
}

/** Says which versions a tenant may choose from. */
export function describeOffers({ offers }: Config): string {
  const listed = offers.slice(0, MOST_LISTED).map(({ version }) => version);
  const more = offers.length - listed.length;
  return `on offer: ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The annotation with which the chart of a version is written, if it needs one. */
export function versionAnnotation(wanted: string, { version }: Chart): Readonly<Record<string, string>> | undefined {
  return version.text === wanted ? undefined : { [VERSION_ANNOTATION]: wanted };
}

/** Whether a chart source was written for this version. */
export function isSourceOf(source: OCIRepository, wanted: string): boolean {
  const annotated = source.metadata.annotations?.[VERSION_ANNOTATION];
  return annotated === undefined ? isRefOf(source, wanted) : annotated === wanted;
}

function isRefOf({ spec }: OCIRepository, wanted: string): boolean {
  const [tag, digest] = wanted.split("@");
  const ref = spec?.ref;
  return ref !== undefined && ("digest" in ref ? ref.digest === digest : ref.tag === tag && digest === undefined);
}
