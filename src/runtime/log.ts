import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { PinoPretty } from "pino-pretty";

import { isRecord } from "../kube/json.ts";
import { isSecretName, maskSecrets } from "./mask-secrets.ts";

/** A structured log; `log.child({ … })` adds fields to every line. */
export type Log = Logger;

/** How a log is written. */
export type LogOptions = {
  readonly level: "debug" | "info" | "error" | "silent";
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
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
export function createLogger(options: LogOptions): Log {
  const stream = options.pretty
    ? // A stream in this process: the bundle is one file, so pino could not load a worker.
      PinoPretty({ ...(options.stream !== undefined && { destination: options.stream }), singleLine: true })
    : options.stream;
  const settings = {
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: maskLine },
  };
  return stream === undefined ? pino(settings) : pino(settings, stream);
}

function maskLine(line: string): string {
  return `${JSON.stringify(JSON.parse(line), maskField)}\n`;
}

function maskField(name: string, value: unknown): unknown {
  const mayBeOpen = OPEN_FIELDS.has(name) || (!SECRET_FIELDS.has(name) && (isRecord(value) || !isSecretName(name)));
  if (!mayBeOpen && value !== undefined && value !== null) {
    return "***";
  }
  return typeof value === "string" ? maskSecrets(value) : value;
}
