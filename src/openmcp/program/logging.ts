import type { LogOptions } from "../../runtime/log.ts";
import { toBoolean, UsageError } from "./flags.ts";

/** How the log is written. Without `format`, people get text and programs JSON. */
export type Logging = Omit<LogOptions, "pretty" | "stream"> & { readonly format?: "text" | "json" };

/**
 * Reads the flags about the log as the other programs of the platform do.
 *
 * `--dev` and `--cli` only choose defaults: a flag that is given wins over them, wherever it stands.
 */
export function toLogging(given: ReadonlyMap<string, string>): Logging {
  const isSet = (name: string, fallback: boolean): boolean => {
    const text = given.get(name);
    return text === undefined ? fallback : toBoolean(name, text);
  };
  const [dev, cli] = [isSet("dev", false), isSet("cli", false)];
  const format = toOneOf("format", given.get("format"), ["text", "json"]) ?? (dev || cli ? "text" : undefined);
  return {
    level: toOneOf("verbosity", given.get("verbosity"), ["error", "info", "debug"]) ?? (dev ? "debug" : "info"),
    ...(format !== undefined && { format }),
    ...(cli && { hasColors: true }),
    hasStacks: !isSet("disable-stacktrace", !dev),
    hasCaller: !isSet("disable-caller", !dev),
    hasTime: !isSet("disable-timestamp", cli),
  };
}

/** The word that was given, in any case; nothing when none was given. */
function toOneOf<T extends string>(flag: string, text: string | undefined, words: readonly T[]): T | undefined {
  const word = words.find((candidate) => candidate === text?.toLowerCase());
  if (word === undefined && text !== undefined) {
    const expected = [words.slice(0, -1).join(", "), ...words.slice(-1)].join(" or ");
    throw new UsageError(`invalid value for --${flag}: "${text}" (expected ${expected})`);
  }
  return word;
}
