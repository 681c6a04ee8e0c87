import { getCallSites } from "node:util";

import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { PinoPretty } from "pino-pretty";

import { isRecord } from "../kube/json.ts";
import { isSecretName, maskSecrets } from "./mask-secrets.ts";

/** A structured log; `log.child({ … })` adds fields to every line. */
export type Log = Logger;

/** How much is logged, by the names of the flag. */
export const VERBOSITIES = ["error", "info", "debug"] as const;
export type Verbosity = (typeof VERBOSITIES)[number];

/** How a log is written. */
export type LogOptions = {
  readonly level: Verbosity | "silent";
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  /** Whether lines for people have colours. Default: if the standard output is a terminal. */
  readonly hasColors?: boolean;
  /** Whether each line tells when it was written. Default: yes. */
  readonly hasTime?: boolean;
  /** Whether each line names the place in the program from where it comes, as the field `caller`. Default: no. */
  readonly hasCaller?: boolean;
  /** Whether errors have their stack. Default: yes. */
  readonly hasStacks?: boolean;
  /** Standard output when absent. */
  readonly stream?: DestinationStream;
};

const SECRET_FIELDS = new Set(["data", "stringData"]);
/** Keys of objects and queues, which are no secrets despite their name. */
const OPEN_FIELDS = new Set(["key", "keys"]);

/**
 * Makes the log of the process.
 *
 * Masks secrets in every line as it is written: in messages of other systems, in errors with their causes, and in
 * fields whose name speaks of a secret. This is the last line of defence: Secrets are not logged in the first place.
 */
export function createLogger({ hasTime = true, hasCaller = false, hasStacks = true, ...options }: LogOptions): Log {
  const children = new Set<WeakRef<Log>>();
  const gone = new FinalizationRegistry((child: WeakRef<Log>) => children.delete(child));
  const stream = options.pretty ? toLinesForPeople(options) : options.stream;
  const settings = {
    level: options.level,
    base: null,
    timestamp: hasTime && stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(hasCaller && { mixin: () => ({ caller: findCaller() }) }),
    hooks: { streamWrite: (line: string) => maskLine(line, hasStacks) },
    onChild: (child: Log) => {
      const reference = new WeakRef(child);
      children.add(reference);
      gone.register(child, reference);
    },
  };
  const log = stream === undefined ? pino(settings) : pino(settings, stream);
  origins.set(log, { level: options.level, children });
  return log;
}

/** Of each log, the level that it was made with, and its children: each has a level of its own. */
const origins = new WeakMap<Log, { readonly level: string; readonly children: ReadonlySet<WeakRef<Log>> }>();

/**
 * Changes how much a log of `createLogger` and its children write; undefined is what it was made with.
 *
 * The change is logged once.
 */
export function setVerbosity(log: Log, wanted: Verbosity | undefined): void {
  const { level: given, children } = origins.get(log) ?? { level: log.level, children: new Set<WeakRef<Log>>() };
  const [from, to] = [log.level, wanted ?? given];
  if (from === to) {
    return;
  }
  const isToldBefore = log.isLevelEnabled("info");
  const tell = (): void => log.info({ from, to }, "changed the verbosity");
  if (isToldBefore) {
    tell();
  }
  for (const one of [log, ...[...children].map((child) => child.deref())]) {
    if (one !== undefined) {
      one.level = to;
    }
  }
  if (!isToldBefore) {
    tell();
  }
}

// A stream in this process: the program is one file, so pino could not load a worker.
function toLinesForPeople({ stream, hasColors }: Pick<LogOptions, "stream" | "hasColors">): DestinationStream {
  return PinoPretty({
    singleLine: true,
    ...(hasColors !== undefined && { colorize: hasColors }),
    ...(stream !== undefined && { destination: stream }),
  });
}

/** From `findCaller`: itself, the mixin, and two functions of pino. */
const CALLS_OF_LOGGING = 4;

function findCaller(): string {
  const site = getCallSites(CALLS_OF_LOGGING + 1, { sourceMap: true })[CALLS_OF_LOGGING];
  return site === undefined ? "unknown" : `${site.scriptName.split("/").slice(-2).join("/")}:${site.lineNumber}`;
}

function maskLine(line: string, hasStacks: boolean): string {
  const toField = (name: string, value: unknown): unknown =>
    name === "stack" && !hasStacks ? undefined : maskField(name, value);
  return `${JSON.stringify(JSON.parse(line), toField)}\n`;
}

function maskField(name: string, value: unknown): unknown {
  const mayBeOpen = OPEN_FIELDS.has(name) || (!SECRET_FIELDS.has(name) && (isRecord(value) || !isSecretName(name)));
  if (!mayBeOpen && value !== undefined && value !== null) {
    return "***";
  }
  return typeof value === "string" ? maskSecrets(value) : value;
}
