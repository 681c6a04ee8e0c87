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

/** One flag of the command line. */
export type Flag = {
  readonly name: string;
  /** A boolean flag takes a value only as `--name=value`; alone it means true. */
  readonly kind: "boolean" | "text";
  readonly shorthand?: string;
  readonly default: string;
  readonly description: string;
  /** Accepted because the platform or an operator may set it, without any effect here. */
  readonly ignored?: boolean;
};

const textFlag = (name: string, fallback: string, description: string): Flag => ({
  name,
  kind: "text",
  default: fallback,
  description,
});

const ignoredFlag = (name: string, kind: Flag["kind"]): Flag => ({
  name,
  kind,
  default: "",
  description: "accepted for compatibility, has no effect",
  ignored: true,
});

/** All flags, in the order of the help text. Both commands accept them all, as the platform may set any. */
export const flags: readonly Flag[] = [
  textFlag("provider-name", "", "name of the ServiceProvider, and of the ProviderConfig that counts (required)"),
  textFlag("environment", "", "name of the platform's environment, for the logs"),
  { ...textFlag("verbosity", "INFO", "how much is logged: ERROR, INFO or DEBUG, in any case"), shorthand: "v" },
  textFlag("kubeconfig", "", "kubeconfig of the platform cluster; default: KUBECONFIG, then in-cluster"),
  {
    name: "leader-elect",
    kind: "boolean",
    default: "false",
    description: "work only while holding the provider's Lease, so that several replicas may run",
  },
  textFlag("health-probe-bind-address", ":8081", 'address of /healthz and /readyz; "0" switches them off'),
  textFlag("metrics-bind-address", "0", 'address of /metrics; "0" switches it off'),
  {
    name: "metrics-secure",
    kind: "boolean",
    default: "true",
    description: "serve /metrics by TLS, with a certificate signed by itself unless --metrics-cert-path is set",
  },
  textFlag("metrics-cert-path", "", "folder of the serving certificate of /metrics"),
  textFlag("metrics-cert-name", "tls.crt", "file name of that certificate"),
  textFlag("metrics-cert-key", "tls.key", "file name of its key"),
  ignoredFlag("webhook-cert-path", "text"),
  ignoredFlag("webhook-cert-name", "text"),
  ignoredFlag("webhook-cert-key", "text"),
  ignoredFlag("enable-http2", "boolean"),
];

/** The words of a command line, sorted. Flags that were given have their text, as it was written. */
export type CommandLine = {
  readonly positionals: readonly string[];
  readonly given: ReadonlyMap<string, string>;
  readonly wantsHelp: boolean;
};

type Reading = {
  readonly words: string[];
  readonly positionals: string[];
  readonly given: Map<string, string>;
};

/**
 * Reads a command line the way Go's pflag does.
 *
 * `--name=value`, `--name value`, `-n=value`, `-n value`, `-nvalue`; a boolean alone means true and never takes the next
 * word; `--` ends the flags; of a repeated flag the last one wins. Anything unknown is a `UsageError`.
 */
function readCommandLine(argv: readonly string[]): CommandLine {
  const reading: Reading = { words: [...argv], positionals: [], given: new Map() };
  let word = reading.words.shift();
  while (word !== undefined) {
    if (word === "--") {
      reading.positionals.push(...reading.words.splice(0));
    } else if (word === "--help" || word === "-h") {
      return { ...reading, wantsHelp: true };
    } else if (word.startsWith("-") && word !== "-") {
      readFlag(word, reading);
    } else {
      reading.positionals.push(word);
    }
    word = reading.words.shift();
  }
  return { ...reading, wantsHelp: false };
}

function readFlag(word: string, reading: Reading): void {
  const { flag, value } = word.startsWith("--") ? splitLong(word) : splitShort(word);
  if (value !== undefined) {
    reading.given.set(flag.name, value);
  } else if (flag.kind === "boolean") {
    reading.given.set(flag.name, "true");
  } else {
    const next = reading.words.shift();
    if (next === undefined) {
      throw new UsageError(`flag needs a value: ${word}`);
    }
    reading.given.set(flag.name, next);
  }
}

function splitLong(word: string): { readonly flag: Flag; readonly value: string | undefined } {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals === -1 ? undefined : equals);
  const flag = flags.find((candidate) => candidate.name === name);
  if (flag === undefined) {
    throw new UsageError(`unknown flag: --${name}`);
  }
  return { flag, value: equals === -1 ? undefined : word.slice(equals + 1) };
}

function splitShort(word: string): { readonly flag: Flag; readonly value: string | undefined } {
  const shorthand = word.slice(1, 2);
  const flag = flags.find((candidate) => candidate.shorthand === shorthand);
  if (flag === undefined) {
    throw new UsageError(`unknown shorthand flag: -${shorthand}`);
  }
  const rest = word.slice(2);
  return { flag, value: rest === "" ? undefined : rest.replace(/^=/u, "") };
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

/** The command line is wrong. The process explains it with the usage and exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a help text says of a program beside its flags. */
type Described = {
  readonly name: string;
  readonly summary: string;
  readonly resource: { readonly kind: string };
};

/** The usage of the program, derived from the table of flags. */
export function helpText({ name: program, summary, resource }: Described): string {
  const entries = flags.map((flag) => [label(flag), `${flag.description}${defaultNote(flag)}`] as const);
  const width = Math.max(...entries.map(([name]) => name.length));
  const lines = entries.map(([name, description]) => `  ${name.padEnd(width)}  ${description}`);
  return `${summary}

Usage:
  ${program} <command> [flags]

Commands:
  init     installs the CRDs on platform and onboarding cluster, then registers the provider
  run      watches ${resource.kind} objects and does what they ask for
  version  prints the version
  help     prints this text

Flags:
${lines.join("\n")}

Environment:
  POD_NAMESPACE  namespace of the provider's own requests, pull secrets and Lease
  POD_NAME       identity of this replica in the Lease
  KUBECONFIG     kubeconfig of the platform cluster when --kubeconfig is not given
`;
}

function label(flag: Flag): string {
  const short = flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `;
  return `${short}--${flag.name}${flag.kind === "text" ? " <text>" : ""}`;
}

function defaultNote(flag: Flag): string {
  return flag.default === "" ? "" : ` (default ${flag.default})`;
}
