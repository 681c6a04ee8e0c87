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
import { compileSelection, newestFirst } from "./version-selection.ts";

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

type Discovered = Pick<DiscoveryFindings, "unusable" | "older"> & { readonly offers: readonly Offer[] };

/** Everything on offer stands in a status, which an API server stores as a whole. */
const MOST_DISCOVERED = 250;
const MOST_LISTED = 500;
const LONGEST_VERSION = 128;
const LONGEST_URL = 1024;

/** Puts the versions that a Discovery has found on offer; while it says nothing, those that it has found before. Pure. */
export function completeOffers(
  settings: Settings,
  sighting: Sighting<Discovery>,
  last: LastSettings<ProviderConfig, Settings>,
): Completed<Settings> {
  const findings = readDiscovery(sighting, settings.versionsFrom?.name ?? "");
  const versions = findings.state === "found" ? findings.versions : lastVersions(last);
  if (versions === undefined) {
    return { settings, digest: "unknown", ...problemIn(findings, { isKnown: false }) };
  }
  const discovered = discover(versions, settings);
  return {
    settings: offerDiscovered(settings, discovered, findings),
    digest: hash8(JSON.stringify(discovered.offers.map(entryOf(settings)))),
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

function lastVersions({ config, settings }: LastSettings<ProviderConfig, Settings>): FoundVersion[] | undefined {
  if (settings?.versionsFrom?.findings !== undefined) {
    return settings.offers.filter(({ discovery }) => discovery !== undefined).map(entryOf(settings));
  }
  const found = config.status?.versions?.filter(({ discovery }) => discovery !== undefined);
  return found === undefined || found.length === 0 ? undefined : found;
}

/** Makes offers of the versions that are wanted, the newest first. They inherit all that they do not say. */
function discover(versions: readonly FoundVersion[], settings: Settings): Discovered {
  const { versionsFrom = { name: "" }, chart: common } = settings;
  const isWanted = compileSelection(versionsFrom);
  const offers = new Map<string, Offer>();
  const wanted = versions.filter(({ version }) => isWanted(version));
  for (const found of wanted) {
    const offer = offerOf(found, versionsFrom.name, common);
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

function byVersion(one: Offer, other: Offer): number {
  return newestFirst(one.version, other.version);
}

const PRINTABLE = /^[\x21-\x7e]+$/;

function offerOf(found: FoundVersion, discovery: string, common: Settings["chart"]): Offer | undefined {
  const { version, chartVersion = version, chartURL } = found;
  if (version.length > LONGEST_VERSION || !PRINTABLE.test(version) || (chartURL ?? "").length > LONGEST_URL) {
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

function offerDiscovered(settings: Settings, { offers: found, ...counts }: Discovered, findings: Findings): Settings {
  const { versionsFrom, offers: written } = settings;
  if (versionsFrom === undefined) {
    return settings;
  }
  const taken = new Set(written.map(({ version }) => version));
  return {
    ...settings,
    offers: [...written, ...found.filter(({ version }) => !taken.has(version))].toSorted(byVersion),
    versionsFrom: {
      ...versionsFrom,
      findings: {
        older: counts.older,
        unusable: counts.unusable + (findings.state === "found" ? findings.nameless : 0),
        ...(findings.state === "pending" && { pending: findings.why }),
      },
    },
  };
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
function isListable({
  version,
  chart: {
    url,
    version: { text },
  },
}: Offer): boolean {
  return version.length <= LONGEST_URL && url.length <= LONGEST_URL && text.length <= LONGEST_URL;
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
