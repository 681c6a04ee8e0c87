import type { ChartVerification } from "../flux/oci-repository.ts";
import { DurationError, parseDurationMs } from "../kube/duration.ts";
import { isRecord } from "../kube/json.ts";
import type { TenantTarget } from "../openmcp/platform/tenant-access.ts";
import { StalledError } from "../runtime/errors.ts";
import type { ProviderConfig } from "./api/objects.ts";
import type { ReasonOf } from "./reasons.ts";
import { compileSelection, SelectionError, type VersionSelection } from "./version-selection.ts";

/** The meaning of a valid ProviderConfig, with all defaults filled in. */
export type Settings = {
  readonly pollIntervalMs: number;
  /** The chart of every version while there are no offers. */
  readonly chart: Omit<Chart, "version">;
  /** If there are offers, tenants choose among these only. */
  readonly offers: readonly Offer[];
  /** If there is a Discovery, the versions that it has found are on offer as well. */
  readonly versionsFrom?: VersionsFrom;
  readonly trust: Trust;
  /** The cluster on which the toolkit of a new tenant is installed. */
  readonly target: TenantTarget;
};

/** A chart with everything that its installation needs. */
export type Chart = {
  /** `oci://…` without tag. */
  readonly url: string;
  readonly version: ChartVersion;
  /** Name of a Secret in the provider's namespace. */
  readonly pullSecret?: string;
  readonly values?: Values;
};

/** One chart version. */
type ChartVersion = {
  /** As the tenant or the operator wrote it. */
  readonly text: string;
  /** The reference that Flux fetches: the digest if there is one, since a tag can be moved. */
  readonly ref: { readonly tag: string } | { readonly digest: string };
};

/** One version that tenants may ask for. */
export type Offer = {
  /** The text that a tenant writes, or writes with a `v` in front. */
  readonly version: string;
  readonly chart: Chart;
  /** Name of the Discovery that has found the version; absent for an offer that the operator has written. */
  readonly discovery?: string;
};

/** A Discovery in the provider's namespace, and which of its versions are meant. */
export type VersionsFrom = VersionSelection & {
  readonly name: string;
  /** Absent while the Discovery was never read. */
  readonly findings?: DiscoveryFindings;
};

/** What the versions that a Discovery has found have come to. */
export type DiscoveryFindings = {
  /** How many of them are no version of a chart. */
  readonly unusable: number;
  /** How many are not on offer because there are too many newer ones. */
  readonly older: number;
  /** Why they are the versions of before, while nobody has to act. */
  readonly pending?: string;
};

/** How the pull of the chart reaches and trusts the registry. All objects lie in the provider's namespace. */
export type Trust = {
  readonly caBundle?: CABundleRef;
  readonly verify?: ChartVerification;
  /** Name of the Secret with the address of a proxy. */
  readonly proxySecret?: string;
};

/** The place of additional certificate authorities. */
export type CABundleRef = {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly key: string;
};

type Values = Readonly<Record<string, unknown>>;

type Spec = NonNullable<ProviderConfig["spec"]>;
type Entry = NonNullable<Spec["versions"]>[number];

/** A setting of the operator or the tenant cannot work. The error resolves when one of them changes the setting. */
export class SettingError extends StalledError {
  override readonly reason: ReasonOf<"ChartReady">;

  constructor(reason: ReasonOf<"ChartReady">, message: string, options?: ErrorOptions) {
    super(reason, message, options);
    this.reason = reason;
  }
}

const DEFAULT_CHART_URL = "ghcr.io/open-component-model/kubernetes/controller/chart";

/**
 * Reads a ProviderConfig.
 *
 * Throws a SettingError that names field, finding and expectation. The API server refuses the same mistakes outside of
 * `spec.versions` and `spec.versionsFrom`. In `versions` its schema takes whatever the Go provider's takes, so that
 * nothing stored becomes unchangeable.
 */
export function readSettings({ spec = {} }: ProviderConfig): Settings {
  const pullSecret = spec.imagePullSecret?.name;
  const chart = {
    url: normalizeChartURL(spec.chartURL ?? DEFAULT_CHART_URL, "spec.chartURL"),
    ...(pullSecret !== undefined && { pullSecret }),
    ...(spec.values !== undefined && { values: spec.values }),
  };
  return {
    pollIntervalMs: readPollIntervalMs(spec.pollInterval ?? DEFAULT_POLL_INTERVAL),
    chart,
    offers: readOffers(spec, chart),
    ...(spec.versionsFrom !== undefined && { versionsFrom: readVersionsFrom(spec.versionsFrom) }),
    trust: readTrust(spec),
    target: spec.targetCluster === "Workload" ? "workload" : "mcp",
  };
}

/** Returns the names of the operator's Secrets that tenants may come to need. */
export function secretsOf({ chart, offers, trust }: Settings): ReadonlySet<string> {
  const charts = [chart, ...offers.map((offer) => offer.chart)];
  const bundle = trust.caBundle?.kind === "Secret" ? trust.caBundle.name : undefined;
  const names = [
    ...charts.map(({ pullSecret }) => pullSecret),
    ...charts.flatMap(({ values }) => imagePullSecretsOf(values)),
    bundle,
    trust.verify?.secretName,
    trust.proxySecret,
  ];
  return new Set(names.filter((name) => name !== undefined));
}

/** Returns the names of the operator's ConfigMaps that tenants may come to need. */
export function configMapsOf({ trust: { caBundle } }: Settings): ReadonlySet<string> {
  return new Set(caBundle?.kind === "ConfigMap" ? [caBundle.name] : []);
}

/** Returns the names of the image pull secrets in Helm values, each once. The chart judges entries that are no names. */
export function imagePullSecretsOf(values: Values | undefined): readonly string[] {
  const listed = fieldOf(fieldOf(values, "manager"), "imagePullSecrets");
  const names = Array.isArray(listed) ? listed.map((entry: unknown) => fieldOf(entry, "name")) : [];
  return [...new Set(names.filter((name): name is string => typeof name === "string" && name !== ""))];
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

const DEFAULT_POLL_INTERVAL = "1m";
const SHORTEST_POLL_INTERVAL_MS = 1_000;
// A safety net that runs less than once a month is none: a longer interval is a slip of the pen.
const LONGEST_POLL_INTERVAL_MS = 720 * 3_600_000;

function readPollIntervalMs(text: string): number {
  const expected = "expected a Go duration of at least 1s and at most 720h, such as 5m";
  try {
    const ms = parseDurationMs(text);
    if (ms >= SHORTEST_POLL_INTERVAL_MS && ms <= LONGEST_POLL_INTERVAL_MS) {
      return ms;
    }
    const found = ms < SHORTEST_POLL_INTERVAL_MS ? "too short" : "too long";
    throw invalid(`spec.pollInterval: "${text}" is ${found}, ${expected}`);
  } catch (cause) {
    if (cause instanceof DurationError) {
      throw invalid(`spec.pollInterval: ${cause.message}, ${expected}`, cause);
    }
    throw cause;
  }
}

/**
 * Reads the versions on offer. An empty list puts every version on offer.
 *
 * An entry inherits the fields that it leaves out; its values are merged over the common ones. An empty
 * `chartPullSecret` inherits nothing: the chart is pulled without a login.
 */
function readOffers({ versions = [], values }: Spec, common: Omit<Chart, "version">): readonly Offer[] {
  refuseDuplicates(versions.map(({ version }) => version));
  return versions.map((entry) => {
    const { version, chartVersion, chartURL, chartPullSecret: pullSecret = common.pullSecret } = entry;
    const field = `spec.versions[${version.slice(0, 200)}]`;
    const versionField = `${field}.${chartVersion === undefined ? "version" : "chartVersion"}`;
    const own = readOwnValues(entry, field);
    const merged = own === undefined ? values : mergeValues(values ?? {}, own);
    const chart: Chart = {
      url: chartURL === undefined ? common.url : normalizeChartURL(chartURL, `${field}.chartURL`),
      version: parseChartVersion(chartVersion ?? version, { field: versionField, reason: "InvalidProviderConfig" }),
      ...(pullSecret !== undefined && pullSecret !== "" && { pullSecret }),
      ...(merged !== undefined && { values: merged }),
    };
    return { version, chart };
  });
}

function readVersionsFrom(versionsFrom: NonNullable<Spec["versionsFrom"]>): VersionsFrom {
  try {
    compileSelection(versionsFrom);
    return versionsFrom;
  } catch (cause) {
    if (cause instanceof SelectionError) {
      throw invalid(`spec.versionsFrom.${cause.field}: ${cause.message}`, cause);
    }
    throw cause;
  }
}

// The Go provider's API has helmValues only.
function readOwnValues(
  { values, helmValues }: Pick<Entry, "values" | "helmValues">,
  field: string,
): Values | undefined {
  if (values !== undefined && helmValues !== undefined) {
    throw invalid(`${field}: found values and helmValues, which mean the same, expected only one of them`);
  }
  return values ?? helmValues;
}

function refuseDuplicates(versions: readonly string[]): void {
  const duplicate = versions.find((version, index) => versions.indexOf(version) !== index);
  if (duplicate !== undefined) {
    throw invalid(`spec.versions: found "${duplicate.slice(0, 200)}" twice, expected each version once`);
  }
}

/**
 * Merges Helm values as Helm does with several value files: maps are merged, every other value is replaced.
 *
 * `null` stays in place, for Helm to remove the chart's default.
 */
export function mergeValues(base: Values, over: Values): Values {
  const merged = Object.entries(over).map(([name, value]) => {
    const below = Object.hasOwn(base, name) ? base[name] : undefined;
    return [name, isRecord(below) && isRecord(value) ? mergeValues(below, value) : value] as const;
  });
  return Object.fromEntries([...Object.entries(base), ...merged]);
}

const SCHEME = "oci://";
const REPOSITORY = /^[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/;

/**
 * Returns the URL of a chart's OCI repository with `oci://` in front.
 *
 * Throws a SettingError for any other scheme and for a tag or digest: the OCM object chooses the version.
 */
export function normalizeChartURL(text: string, field: string): string {
  const repository = text.startsWith(SCHEME) ? text.slice(SCHEME.length) : text;
  if (!REPOSITORY.test(repository)) {
    throw invalid(
      `${field}: "${withoutCredentials(text).slice(0, 256)}" is not host[:port]/repository, optionally with oci:// in front, ` +
        `without tag, digest or other scheme`,
    );
  }
  return SCHEME + repository;
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//***@");
}

const VERSION = /^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})(?:@(sha256:[a-f0-9]{64}))?$/;

const OF_A_TENANT = { field: "spec.version", reason: "InvalidVersion" } as const;

/** Reads a version: an OCI tag, optionally pinned with `@sha256:<digest>`. Throws a SettingError for any other text. */
export function parseChartVersion(
  text: string,
  { field, reason }: { readonly field: string; readonly reason: SettingError["reason"] } = OF_A_TENANT,
): ChartVersion {
  const match = VERSION.exec(text);
  const [, tag, digest] = match ?? [];
  if (tag === undefined) {
    throw new SettingError(
      reason,
      `${field}: "${text.slice(0, 200)}" is not one chart version, expected a tag such as 0.4.0, ` +
        `optionally followed by @sha256: and 64 hex digits`,
    );
  }
  return { text, ref: digest === undefined ? { tag } : { digest } };
}

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;

/** Reads the trust settings. Throws a SettingError for a key that no object can have and for settings that Flux refuses. */
function readTrust({ caBundleRef, verify, proxySecretRef }: Spec): Trust {
  return {
    ...(caBundleRef !== undefined && { caBundle: readCABundle(caBundleRef) }),
    ...(verify !== undefined && { verify: readVerify(verify) }),
    ...(proxySecretRef !== undefined && { proxySecret: proxySecretRef.name }),
  };
}

function readCABundle({ kind = "ConfigMap", name, key = "ca.crt" }: NonNullable<Spec["caBundleRef"]>): CABundleRef {
  if (!CONFIG_KEY.test(key)) {
    throw invalid(`spec.caBundleRef.key: found "${key}", expected letters, digits, "-", "_" and "."`);
  }
  return { kind, name, key };
}

function readVerify({ provider, secretRef, matchOIDCIdentity }: NonNullable<Spec["verify"]>): ChartVerification {
  if (provider === "notation" && secretRef === undefined) {
    throw invalid("spec.verify: found no secretRef, which notation needs");
  }
  if (provider === "notation" && matchOIDCIdentity !== undefined) {
    throw invalid("spec.verify: found matchOIDCIdentity, which is for cosign only");
  }
  return {
    provider,
    ...(secretRef !== undefined && { secretName: secretRef.name }),
    ...(matchOIDCIdentity !== undefined && { matchOIDCIdentity }),
  };
}

function invalid(message: string, cause?: Error): SettingError {
  return new SettingError("InvalidProviderConfig", message, { cause });
}
