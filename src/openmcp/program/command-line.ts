import { DurationError, parseDurationMs } from "../../kube/duration.ts";
import { type CommandName, flags, readCommandLine, toBoolean, UsageError } from "./flags.ts";
import type { Described } from "./help-text.ts";
import { type Logging, toLogging } from "./logging.ts";

/** Options of every command that connects to clusters. */
export type CommonOptions = {
  readonly providerName?: string;
  readonly environment: string;
  readonly logging: Logging;
  /** Path of the platform's kubeconfig, when it was given as a flag. */
  readonly kubeconfig?: string;
  /** Flags that were given and have no effect. */
  readonly ignoredFlags: readonly string[];
};

/** Options of `init` and `run`. */
export type Options = CommonOptions & {
  readonly providerName: string;
  readonly leaderElect: boolean;
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

/** What the command line asks for. */
export type Command =
  | { readonly name: "help" | "version" }
  | { readonly name: "init" | "run"; readonly options: Options }
  | { readonly name: "migrate"; readonly options: MigrateOptions };

/**
 * Turns the words after the program's name into a command with typed options; a `UsageError` says what is wrong.
 *
 * Only a program whose kinds had earlier API groups has the command `migrate`.
 */
export function parseCommand(argv: readonly string[], program: Pick<Described, "earlier">): Command {
  const { positionals, given, wantsHelp } = readCommandLine(argv);
  const [name, ...words] = positionals;
  if (wantsHelp || name === "help") {
    return { name: "help" };
  }
  switch (name) {
    case undefined:
      throw new UsageError("a command is missing");
    case "version":
      refuseWords(words);
      return { name };
    case "init":
    case "run":
      refuseWords(words);
      return { name, options: toOptions(valuesFor(name, given)) };
    case "migrate":
      if (program.earlier !== undefined) {
        return { name, options: toMigrateOptions(valuesFor(name, given), words) };
      }
  }
  throw new UsageError(`unknown command: ${name}`);
}

function refuseWords([unexpected]: readonly string[]): void {
  if (unexpected !== undefined) {
    throw new UsageError(`unexpected argument: ${unexpected}`);
  }
}

/** The values of a command's flags, by their names; those that were not given have their default. */
type Values = { readonly value: (name: string) => string; readonly given: ReadonlyMap<string, string> };

function valuesFor(command: CommandName, given: ReadonlyMap<string, string>): Values {
  const misplaced = flags.find(({ name, commands }) => given.has(name) && !commands.includes(command));
  if (misplaced !== undefined) {
    throw new UsageError(`unknown flag of ${command}: --${misplaced.name}`);
  }
  return { given, value: (name) => given.get(name) ?? flags.find((flag) => flag.name === name)?.default ?? "" };
}

function toCommonOptions({ value, given }: Values): CommonOptions {
  const [providerName, kubeconfig] = [value("provider-name"), value("kubeconfig")];
  return {
    ...(providerName !== "" && { providerName }),
    environment: value("environment"),
    logging: toLogging(given),
    ...(kubeconfig !== "" && { kubeconfig }),
    ignoredFlags: flags.filter((flag) => flag.ignored === true && given.has(flag.name)).map((flag) => `--${flag.name}`),
  };
}

function toOptions(values: Values): Options {
  const { value } = values;
  const providerName = value("provider-name");
  if (providerName === "") {
    throw new UsageError("flag is missing: --provider-name");
  }
  const healthAddress = toAddress("health-probe-bind-address", value("health-probe-bind-address"));
  return {
    ...toCommonOptions(values),
    providerName,
    leaderElect: toBoolean("leader-elect", value("leader-elect")),
    versionAdmission: toBoolean("version-admission", value("version-admission")),
    ...(healthAddress !== undefined && { healthAddress }),
    ...toMetrics(value),
  };
}

function toMigrateOptions(values: Values, [objectName, ...words]: readonly string[]): MigrateOptions {
  refuseWords(words);
  const { value, given } = values;
  const namespace = given.get("namespace");
  return {
    ...toCommonOptions(values),
    isDryRun: toBoolean("dry-run", value("dry-run")),
    ...(namespace !== undefined && { namespace: toObjectName("--namespace", namespace) }),
    ...(objectName !== undefined && { objectName: toObjectName("name", objectName) }),
    timeoutMs: toDuration("timeout", value("timeout")),
  };
}

// An empty variable of a script must not select every object.
function toObjectName(what: string, text: string): string {
  if (!/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/u.test(text)) {
    throw new UsageError(`invalid value for ${what}: "${text}" (expected the name of an object)`);
  }
  return text;
}

function toDuration(name: string, text: string): number {
  try {
    const ms = parseDurationMs(text);
    if (ms > 0) {
      return ms;
    }
  } catch (error) {
    if (!(error instanceof DurationError)) {
      throw error;
    }
  }
  throw new UsageError(`invalid value for --${name}: "${text}" (expected a duration such as 30s, 5m or 1h30m)`);
}

function toMetrics(value: Values["value"]): Pick<Options, "metricsAddress" | "metricsCertificate"> {
  const metricsAddress = toAddress("metrics-bind-address", value("metrics-bind-address"));
  const isSecure = toBoolean("metrics-secure", value("metrics-secure"));
  if (metricsAddress === undefined) {
    return {};
  }
  if (!isSecure) {
    return { metricsAddress };
  }
  const folder = value("metrics-cert-path");
  if (folder === "") {
    return { metricsAddress, metricsCertificate: "self-signed" };
  }
  const certPath = `${folder}/${value("metrics-cert-name")}`;
  const keyPath = `${folder}/${value("metrics-cert-key")}`;
  return { metricsAddress, metricsCertificate: { certPath, keyPath } };
}

function toAddress(name: string, text: string): BindAddress | undefined {
  if (text === "0" || text === "") {
    return undefined;
  }
  const address = parseBindAddress(text);
  if (address === undefined) {
    throw new UsageError(`invalid value for --${name}: "${text}" (expected host:port, :port, or 0 for off)`);
  }
  return address;
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
