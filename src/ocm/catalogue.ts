import { hash8 } from "../openmcp/platform/names.ts";
import type { Completed, Description, LastSettings, SettingsInForce, Sighting } from "../openmcp/service/definition.ts";
import type { ProviderConfig } from "./api/objects.ts";
import { type Discovery, type Findings, type FoundVersion, readDiscovery } from "./discovery.ts";
import type { ReasonOf } from "./reasons.ts";
import {
  type DiscoveryFindings,
  normalizeChartURL,
  type Offer,
  parseChartVersion,
  SettingError,
  type Settings,
} from "./settings.ts";
import { compileSelection, newestFirst, type VersionSelection } from "./version-selection.ts";

type Catalogued = Pick<SettingsInForce<Settings>, "settings">;

/**
 * Returns what tenants may ask for; undefined when that is every version of the chart.
 *
 * A version that the catalogue does not have is not refused while `isCatalogueUnknown` says so.
 */
export function catalogueOf({ settings: { offers, versionsFrom } }: Catalogued): readonly Offer[] | undefined {
  return offers.length === 0 && versionsFrom === undefined ? undefined : offers;
}

/** Whether a version that the catalogue does not have may be on offer all the same: its Discovery was never read. */
export function isCatalogueUnknown({ settings: { versionsFrom } }: Catalogued): boolean {
  return versionsFrom !== undefined && versionsFrom.findings === undefined;
}

/** A version with the Discovery that has found it. */
type Found = FoundVersion & { readonly discovery: string };
type Discovered = Pick<DiscoveryFindings, "unusable" | "older"> & { readonly offers: readonly Offer[] };

/** Everything on offer stands in a status, which an API server stores as a whole. */
const MOST_DISCOVERED = 250;
const MOST_LISTED = 500;
const LONGEST_VERSION = 128;
const LONGEST_TEXT = 1024;

/** Puts the versions that a Discovery has found on offer; while it says nothing, those that were found before. Pure. */
export function completeOffers(
  settings: Settings,
  sighting: Sighting<Discovery>,
  last: LastSettings<ProviderConfig, Settings>,
): Completed<Settings> {
  const { versionsFrom, offers: written } = settings;
  if (versionsFrom === undefined) {
    return { settings, digest: "" };
  }
  const { name: discovery } = versionsFrom;
  const findings = readDiscovery(sighting, discovery);
  const isAnswered = findings.state === "found";
  const versions = isAnswered ? findings.versions.map((found) => ({ ...found, discovery })) : lastVersions(last);
  if (versions === undefined) {
    return { settings, digest: "unknown", ...problemIn(findings, { isKnown: false }) };
  }
  const { offers: found, older, unusable } = discover(versions, versionsFrom, settings.chart);
  const taken = new Set(written.map(({ version }) => version));
  const added = found.filter(({ version }) => !taken.has(version));
  return {
    settings: {
      ...settings,
      offers: [...written, ...added].toSorted(byVersion),
      versionsFrom: {
        ...versionsFrom,
        findings: {
          older,
          unusable: unusable + (isAnswered ? findings.nameless : 0),
          ...(findings.state === "pending" && { pending: findings.why }),
        },
      },
    },
    digest: hash8(JSON.stringify(added.map(entryOf(settings)))),
    ...problemIn(findings, { isKnown: true }),
  };
}

// Nobody has to act while the toolkit works on an answer, and the one before is there.
function problemIn(
  findings: Findings,
  { isKnown }: { readonly isKnown: boolean },
): Pick<Completed<Settings>, "problem"> {
  if (findings.state === "found" || (findings.state === "pending" && isKnown)) {
    return {};
  }
  const state = findings.state === "pending" ? "waiting" : "failed";
  const reason: ReasonOf<"Accepted"> = isKnown ? "VersionsStale" : "VersionsUnknown";
  const message = isKnown
    ? `in force with the versions that were found before: ${findings.why}`
    : `in force, but only spec.versions are on offer yet: ${findings.why}`;
  return { problem: { state, reason, message } };
}

function lastVersions({ config, settings }: LastSettings<ProviderConfig, Settings>): readonly Found[] | undefined {
  if (settings?.versionsFrom?.findings !== undefined) {
    return settings.offers.map(entryOf(settings)).filter(isFound);
  }
  const found = config.status?.versions?.filter(isFound) ?? [];
  return found.length === 0 ? undefined : found;
}

function isFound(entry: Entry): entry is Entry & Found {
  return entry.discovery !== undefined;
}

/** Makes offers of the versions that are wanted, the newest first. They inherit all that they do not say. */
function discover(versions: readonly Found[], selection: VersionSelection, common: Settings["chart"]): Discovered {
  const wanted = versions.filter(wantedBy(selection));
  const offers = new Map<string, Offer>();
  for (const found of wanted) {
    const offer = offerOf(found, common);
    if (offer !== undefined && !offers.has(offer.version)) {
      offers.set(offer.version, offer);
    }
  }
  const sorted = offers.values().toArray().toSorted(byVersion);
  const distinct = new Set(wanted.map(({ version }) => version)).size;
  return {
    offers: sorted.slice(0, MOST_DISCOVERED),
    unusable: distinct - sorted.length,
    older: Math.max(0, sorted.length - MOST_DISCOVERED),
  };
}

// A regular expression may take very long on a long text, and nothing that long is a version.
function wantedBy(selection: VersionSelection): (found: Found) => boolean {
  const isWanted = compileSelection(selection);
  return ({ version }) => version.length > LONGEST_VERSION || isWanted(version);
}

function byVersion(one: Offer, other: Offer): number {
  return newestFirst(one.version, other.version);
}

const PRINTABLE = /^[\x21-\x7e]+$/;

function offerOf(found: Found, common: Settings["chart"]): Offer | undefined {
  const { version, chartVersion = version, chartURL, discovery } = found;
  if (version.length > LONGEST_VERSION || !PRINTABLE.test(version) || (chartURL ?? "").length > LONGEST_TEXT) {
    return undefined;
  }
  try {
    const url = chartURL === undefined ? common.url : normalizeChartURL(chartURL, "chartURL");
    return { version, chart: { ...common, url, version: parseChartVersion(chartVersion) }, discovery };
  } catch (error) {
    if (error instanceof SettingError) {
      return undefined;
    }
    throw error;
  }
}

/** Describes the offer for the status of the ProviderConfig. A process that begins reads there what was found before. */
export function describeCatalogue(settings: Settings): Description {
  const offers = catalogueOf({ settings });
  if (offers === undefined) {
    return { details: {}, remarks: [] };
  }
  const listed = offers.filter(isListable).toSorted(byImportance).slice(0, MOST_LISTED).toSorted(byVersion);
  const unlisted = offers.length - listed.length;
  return {
    details: { versions: listed.map(entryOf(settings)) },
    remarks: [
      ...(offers.length === 0 && !isCatalogueUnknown({ settings }) ? ["no version is on offer"] : []),
      ...describeFindings(settings.versionsFrom),
      ...(unlisted > 0 ? [`${unlisted} more versions are on offer than status.versions lists`] : []),
    ],
  };
}

function describeFindings({ name, findings }: NonNullable<Settings["versionsFrom"]> = { name: "" }): readonly string[] {
  const { unusable = 0, older = 0, pending } = findings ?? {};
  const found = `that Discovery "${name}" has found are`;
  return [
    ...(pending === undefined ? [] : [pending]),
    ...(unusable > 0 ? [`${unusable} of the versions ${found} no version of a chart`] : []),
    ...(older > 0 ? [`${older} older versions ${found} not on offer: narrow spec.versionsFrom`] : []),
  ];
}

// The schema limits nothing that an operator writes into an offer.
function isListable({ version, chart }: Offer): boolean {
  return [version, chart.url, chart.version.text].every((text) => text.length <= LONGEST_TEXT);
}

// What is written by hand is known without the status.
function byImportance(one: Offer, other: Offer): number {
  return Number(one.discovery === undefined) - Number(other.discovery === undefined) || byVersion(one, other);
}

type Entry = NonNullable<NonNullable<ProviderConfig["status"]>["versions"]>[number];

function entryOf({ chart: common }: Settings): (offer: Offer) => Entry {
  return ({ version, chart, discovery }) => ({
    version,
    chartVersion: chart.version.text,
    ...(chart.url !== common.url && { chartURL: chart.url }),
    ...(discovery !== undefined && { discovery }),
  });
}
