import { type BindAddress, parseBindAddress } from "./bind-address.ts";
import { readCommandLine } from "./command-line.ts";
import { flags } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

/** How much is logged. */
export type Verbosity = "ERROR" | "INFO" | "DEBUG";

/** Options of `init` and `run`. */
export type Options = {
  readonly providerName: string;
  readonly environment: string;
  readonly verbosity: Verbosity;
  /** Path of the platform's kubeconfig, when it was given as a flag. */
  readonly kubeconfig?: string;
  readonly leaderElect: boolean;
  /** Absent: not served. */
  readonly healthAddress?: BindAddress;
  /** Absent: not served. */
  readonly metricsAddress?: BindAddress;
  /** Absent: plain HTTP. */
  readonly metricsCertificate?: "self-signed" | { readonly certPath: string; readonly keyPath: string };
  /** Flags that were given and have no effect. */
  readonly ignoredFlags: readonly string[];
};

/** What the command line asks for. */
export type Command =
  | { readonly name: "help" | "version" }
  | { readonly name: "init" | "run"; readonly options: Options };

/** Turns the words after the program's name into a command with typed options; a `UsageError` says what is wrong. */
export function parseCommand(argv: readonly string[]): Command {
  const { positionals, given, wantsHelp } = readCommandLine(argv);
  if (wantsHelp) {
    return { name: "help" };
  }
  const [name, unexpected] = positionals;
  if (name === undefined) {
    throw new UsageError("a command is missing");
  }
  if (unexpected !== undefined) {
    throw new UsageError(`unexpected argument: ${unexpected}`);
  }
  switch (name) {
    case "help":
    case "version":
      return { name };
    case "init":
    case "run":
      return { name, options: toOptions(given) };
    default:
      throw new UsageError(`unknown command: ${name}`);
  }
}

function toOptions(given: ReadonlyMap<string, string>): Options {
  const value = (name: string): string => given.get(name) ?? flags.find((flag) => flag.name === name)?.default ?? "";
  const providerName = value("provider-name");
  if (providerName === "") {
    throw new UsageError("flag is missing: --provider-name");
  }
  const healthAddress = toAddress("health-probe-bind-address", value("health-probe-bind-address"));
  const kubeconfig = value("kubeconfig");
  return {
    providerName,
    environment: value("environment"),
    verbosity: toVerbosity(value("verbosity")),
    leaderElect: toBoolean("leader-elect", value("leader-elect")),
    ...(kubeconfig !== "" && { kubeconfig }),
    ...(healthAddress !== undefined && { healthAddress }),
    ...toMetrics(value),
    ignoredFlags: flags.filter((flag) => flag.ignored === true && given.has(flag.name)).map((flag) => `--${flag.name}`),
  };
}

function toMetrics(value: (name: string) => string): Pick<Options, "metricsAddress" | "metricsCertificate"> {
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

function toVerbosity(text: string): Verbosity {
  const verbosity = text.toUpperCase();
  if (verbosity === "ERROR" || verbosity === "INFO" || verbosity === "DEBUG") {
    return verbosity;
  }
  throw new UsageError(`invalid value for --verbosity: "${text}" (expected ERROR, INFO or DEBUG)`);
}

// The spellings of Go's strconv.ParseBool.
function toBoolean(name: string, text: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) {
    return true;
  }
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) {
    return false;
  }
  throw new UsageError(`invalid value for --${name}: "${text}" (expected true or false)`);
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
