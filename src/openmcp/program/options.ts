import { type LabelSelector, LabelSelectorError, parseLabelSelector } from "../../kube/label-selector.ts";
import type { Given } from "../command/given.ts";
import { UsageError } from "../command/usage-error.ts";
import { commonOptions, type CommonOptions } from "../command/workplace.ts";

/** Options of `init` and `run`. */
export type Options = CommonOptions & {
  readonly providerName: string;
  readonly leaderElect: boolean;
  /** Selects the tenants that the process serves. Absent: all of them. */
  readonly watchSelector?: LabelSelector;
  /** Whether the API server of the onboarding cluster shall refuse what the provider would refuse. */
  readonly versionAdmission: boolean;
  /** Absent: not served. */
  readonly healthAddress?: BindAddress;
  /** Absent: not served. */
  readonly metricsAddress?: BindAddress;
  /** Absent: plain HTTP. */
  readonly metricsCertificate?: "self-signed" | { readonly certPath: string; readonly keyPath: string };
};

/** Options of `migrate`. */
export type MigrateOptions = CommonOptions & {
  /** Absent: that of the ServiceProvider which has the kinds registered. */
  readonly providerName?: string;
  readonly isDryRun: boolean;
  /** Absent: objects of every namespace. */
  readonly namespace?: string;
  /** Absent: objects of every name. */
  readonly objectName?: string;
  /** How long access to the onboarding cluster may take, and each step of one object. */
  readonly timeoutMs: number;
};

/** Reads the options of `init` and `run`. */
export function toOptions(given: Given): Options {
  const healthAddress = toAddress("health-probe-bind-address", given);
  const watchSelector = toSelector("watch-label-selector", given);
  return {
    ...commonOptions(given),
    providerName: given.text("provider-name"),
    leaderElect: given.isOn("leader-elect"),
    ...(watchSelector !== undefined && { watchSelector }),
    versionAdmission: given.isOn("version-admission"),
    ...(healthAddress !== undefined && { healthAddress }),
    ...toMetrics(given),
  };
}

/** Reads the options of `migrate`. */
export function toMigrateOptions(given: Given): MigrateOptions {
  const namespace = given.find("namespace");
  const [objectName] = given.words;
  return {
    ...commonOptions(given),
    isDryRun: given.isOn("dry-run"),
    ...(namespace !== undefined && { namespace }),
    ...(objectName !== undefined && { objectName }),
    timeoutMs: given.durationMs("timeout"),
  };
}

function toMetrics(given: Given): Pick<Options, "metricsAddress" | "metricsCertificate"> {
  const metricsAddress = toAddress("metrics-bind-address", given);
  if (metricsAddress === undefined) {
    return {};
  }
  if (!given.isOn("metrics-secure")) {
    return { metricsAddress };
  }
  const folder = given.text("metrics-cert-path");
  if (folder === "") {
    return { metricsAddress, metricsCertificate: "self-signed" };
  }
  const certPath = `${folder}/${given.text("metrics-cert-name")}`;
  const keyPath = `${folder}/${given.text("metrics-cert-key")}`;
  return { metricsAddress, metricsCertificate: { certPath, keyPath } };
}

function toAddress(name: string, given: Given): BindAddress | undefined {
  const text = given.text(name);
  if (text === "0" || text === "") {
    return undefined;
  }
  const address = parseBindAddress(text);
  if (address === undefined) {
    throw new UsageError(`invalid value for --${name}: "${text}" (expected host:port, :port, or 0 for off)`);
  }
  return address;
}

function toSelector(name: string, given: Given): LabelSelector | undefined {
  try {
    const selector = parseLabelSelector(given.text(name));
    return selector.text === "" ? undefined : selector;
  } catch (error) {
    throw error instanceof LabelSelectorError ? new UsageError(`invalid value for --${name}: ${error.message}`) : error;
  }
}

/** An address to listen on. Without `host`, on all of them. */
export type BindAddress = { readonly host?: string; readonly port: number };

const HIGHEST_PORT = 65_535;

/** Reads `host:port`, `[ipv6]:port` or `:port`; `undefined` when it is none of them. */
function parseBindAddress(text: string): BindAddress | undefined {
  const colon = text.lastIndexOf(":");
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (colon === -1 || !/^\d+$/u.test(digits) || port > HIGHEST_PORT) {
    return undefined;
  }
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/u, "$1");
  return host === "" ? { port } : { host, port };
}
