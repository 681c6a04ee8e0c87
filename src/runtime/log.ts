import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { PinoPretty } from "pino-pretty";

import { isRecord } from "../kube/json.ts";
import { isSecretName, maskSecrets } from "./mask-secrets.ts";

/** Structured log; a part binds its name with `log.child({ … })`. */
export type Log = Logger;

/** What a log is made of. */
export type LogOptions = {
  readonly level: "debug" | "info" | "error" | "silent";
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  /** Standard output when absent. */
  readonly stream?: DestinationStream;
};

const SECRET_FIELDS = new Set(["data", "stringData"]);
/** Names of objects and of work: what they hold is no secret. */
const OPEN_FIELDS = new Set(["key", "keys"]);

/**
 * Makes the log of the process.
 *
 * Every line is masked as it leaves, whatever it is made of: messages of other systems, errors with their causes, and
 * fields that may hold a secret, a last line of defence: Secrets are not logged in the first place.
 */
export function createLogger(options: LogOptions): Log {
  const stream = options.pretty
    ? // As a stream in this process and not as a worker: a bundle is one file and has no worker to load.
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
