/** A command that has flags. */
export type CommandName = "init" | "run" | "migrate";

/** One flag of the command line. */
export type Flag = {
  readonly name: string;
  readonly commands: readonly CommandName[];
  /** A boolean flag takes a value only as `--name=value`; alone it means true. */
  readonly kind: "boolean" | "text";
  readonly shorthand?: string;
  readonly default: string;
  readonly description: string;
  /** Accepted because the platform or an operator may set it, without any effect here. */
  readonly ignored?: boolean;
};

type FlagOfAny = Omit<Flag, "commands">;

const textFlag = (name: string, fallback: string, description: string): FlagOfAny => ({
  name,
  kind: "text",
  default: fallback,
  description,
});

const booleanFlag = (name: string, fallback: "true" | "false" | "", description: string): FlagOfAny => ({
  name,
  kind: "boolean",
  default: fallback,
  description,
});

const ignoredFlag = (name: string, kind: Flag["kind"]): FlagOfAny => ({
  name,
  kind,
  default: "",
  description: "accepted for compatibility, has no effect",
  ignored: true,
});

const commonFlags: readonly FlagOfAny[] = [
  textFlag("provider-name", "", "name of the ServiceProvider, and of the ProviderConfig that counts"),
  textFlag("environment", "", "name of the platform's environment, for the logs"),
  {
    ...textFlag("verbosity", "", "how much is logged: error, info or debug; default: info, with --dev debug"),
    shorthand: "v",
  },
  {
    ...textFlag(
      "format",
      "",
      "how it is logged: text or json; default: text with --dev, --cli or a terminal, or else json",
    ),
    shorthand: "f",
  },
  booleanFlag("dev", "false", "log for developers: debug, text, with the caller of each line and the stacks of errors"),
  booleanFlag("cli", "false", "log for a command line: text with colours, without timestamps"),
  booleanFlag("disable-stacktrace", "", "log errors without their stacks; default: true, with --dev false"),
  booleanFlag("disable-caller", "", "log without the places in the program; default: true, with --dev false"),
  booleanFlag("disable-timestamp", "", "log without timestamps; default: false, with --cli true"),
  textFlag("kubeconfig", "", "kubeconfig of the platform cluster; default: KUBECONFIG, then in-cluster"),
];

// The platform may set any of them for both commands.
const serviceFlags: readonly FlagOfAny[] = [
  booleanFlag(
    "leader-elect",
    "false",
    "work only while holding the provider's Lease, so that several replicas may run",
  ),
  booleanFlag(
    "version-admission",
    "true",
    "let the onboarding cluster refuse a version that is not on offer; false removes its policy",
  ),
  textFlag("health-probe-bind-address", ":8081", 'address of /healthz and /readyz; "0" switches them off'),
  textFlag("metrics-bind-address", "0", 'address of /metrics; "0" switches it off'),
  booleanFlag(
    "metrics-secure",
    "true",
    "serve /metrics by TLS to those who may get it on the platform cluster; without --metrics-cert-path, the certificate is signed by itself",
  ),
  textFlag("metrics-cert-path", "", "folder of the serving certificate of /metrics"),
  textFlag("metrics-cert-name", "tls.crt", "file name of that certificate"),
  textFlag("metrics-cert-key", "tls.key", "file name of its key"),
  ignoredFlag("webhook-cert-path", "text"),
  ignoredFlag("webhook-cert-name", "text"),
  ignoredFlag("webhook-cert-key", "text"),
  ignoredFlag("enable-http2", "boolean"),
];

const migrateFlags: readonly FlagOfAny[] = [
  booleanFlag("dry-run", "false", "say what would be done, and change none of the objects"),
  { ...textFlag("namespace", "", "only objects of this namespace; default: of every namespace"), shorthand: "n" },
  textFlag("timeout", "5m", "how long to wait for access, and for each step of one object"),
];

const flagsOf = (commands: readonly CommandName[], ofAny: readonly FlagOfAny[]): readonly Flag[] =>
  ofAny.map((flag) => ({ ...flag, commands }));

/** All flags, in the order of the help text. */
export const flags: readonly Flag[] = [
  ...flagsOf(["init", "run", "migrate"], commonFlags),
  ...flagsOf(["init", "run"], serviceFlags),
  ...flagsOf(["migrate"], migrateFlags),
];

/** The words of a command line, sorted. Flags that were given have their text, as it was written. */
type CommandLine = {
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
export function readCommandLine(argv: readonly string[]): CommandLine {
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

/** The value of a boolean flag, in the spellings of Go's `strconv.ParseBool`. */
export function toBoolean(name: string, text: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) {
    return true;
  }
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) {
    return false;
  }
  throw new UsageError(`invalid value for --${name}: "${text}" (expected true or false)`);
}

/** The command line is wrong. The process explains it with the usage and exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
