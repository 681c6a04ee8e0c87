import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { PinoPretty } from "pino-pretty";

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

const SECRETS = ["authorization", "token", "password", "kubeconfig", "data", "stringData"];

/**
 * Makes the log of the process.
 *
 * Fields that may hold a secret are replaced in the outermost two levels of what is logged, a last line of defence:
 * Secrets are not logged in the first place.
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
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "(redacted)" },
  };
  return stream === undefined ? pino(settings) : pino(settings, stream);
}
