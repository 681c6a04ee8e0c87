import { type LogOptions, VERBOSITIES } from "../../runtime/log.ts";
import type { Given } from "./given.ts";

/** How the log is written. Without `format`, people get text and programs JSON. */
export type Logging = Omit<LogOptions, "pretty" | "stream"> & { readonly format?: "text" | "json" };

/**
 * Reads the flags about the log as the other programs of the platform do.
 *
 * `--dev` and `--cli` only choose defaults: a flag that is given wins over them, wherever it stands.
 */
export function toLogging(given: Given): Logging {
  const [dev, cli] = [given.isOn("dev"), given.isOn("cli")];
  const format = given.oneOf("format", ["text", "json"]) ?? (dev || cli ? "text" : undefined);
  return {
    level: given.oneOf("verbosity", VERBOSITIES) ?? (dev ? "debug" : "info"),
    ...(format !== undefined && { format }),
    ...(cli && { hasColors: true }),
    hasStacks: !given.isOn("disable-stacktrace", !dev),
    hasCaller: !given.isOn("disable-caller", !dev),
    hasTime: !given.isOn("disable-timestamp", cli),
  };
}

/** Reads how a command logs that only reads: for a person, and hardly ever. */
export function toReaderLogging(given: Given): Logging {
  const level = given.oneOf("verbosity", VERBOSITIES) ?? "error";
  return { level, format: "text", hasStacks: level === "debug", hasTime: level !== "error" };
}
