import { DurationError, parseDurationMs } from "../../kube/duration.ts";
import type { Flag } from "./flags.ts";
import { anyOf, UsageError } from "./usage-error.ts";

/**
 * The words of a command line that follow the command's name, sorted.
 *
 * Everything is checked at the beginning: what is read later needs no further check. Names of flags are those of the
 * command's table; another one is a mistake of the program.
 */
export class Given {
  /** The words that are no flags. */
  readonly words: readonly string[];
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #texts: ReadonlyMap<string, readonly string[]>;

  constructor(flags: readonly Flag[], texts: ReadonlyMap<string, readonly string[]>, words: readonly string[]) {
    this.words = words;
    this.#flags = new Map(flags.map((flag) => [flag.name, flag]));
    this.#texts = texts;
    flags.forEach((flag) => this.#check(flag));
  }

  /** Whether the flag is on the command line. */
  has(name: string): boolean {
    return this.#texts.has(this.#flag(name).name);
  }

  /** The value of a flag, or its default; empty without either. */
  text(name: string): string {
    return this.all(name).at(-1) ?? this.#flag(name).default ?? "";
  }

  /** The value of a flag, or its default; undefined without either. */
  find(name: string): string | undefined {
    return this.all(name).at(-1) ?? this.#flag(name).default;
  }

  /** Every value of a flag that may be repeated. */
  all(name: string): readonly string[] {
    return this.#texts.get(this.#flag(name).name) ?? [];
  }

  /** Whether a boolean flag is set; without one, its default. */
  isOn(name: string, fallback: boolean = this.#flag(name).default === "true"): boolean {
    return this.has(name) ? toBoolean(name, this.text(name)) : fallback;
  }

  /** The value of a flag that is one of `values`, or its default. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.find(name)?.toLowerCase();
    return values.find((value) => value === text);
  }

  durationMs(name: string): number {
    return toDurationMs(name, this.text(name));
  }

  integer(name: string): number {
    return toInteger(name, this.text(name));
  }

  /** The flags on the command line that have no effect. */
  get ignored(): readonly string[] {
    return [...this.#flags.values()].filter((flag) => flag.isIgnored === true && this.has(flag.name)).map(longName);
  }

  #flag(name: string): Flag {
    const flag = this.#flags.get(name);
    if (flag === undefined) {
      throw new Error(`expected the flag --${name} in the table of the command, found none`);
    }
    return flag;
  }

  #check(flag: Flag): void {
    if (flag.isRequired === true && this.text(flag.name) === "") {
      throw new UsageError(`flag is missing: --${flag.name}`);
    }
    this.all(flag.name).forEach((text) => checkText(flag, text));
  }
}

function longName({ name }: Flag): string {
  return `--${name}`;
}

function checkText({ name, kind, values }: Flag, text: string): void {
  if (values !== undefined && !values.includes(text.toLowerCase())) {
    throw invalid(name, text, anyOf(values));
  }
  switch (kind) {
    case "boolean":
      toBoolean(name, text);
      return;
    case "duration":
      toDurationMs(name, text);
      return;
    case "integer":
      toInteger(name, text);
      return;
    case "name":
      checkName(longName({ name, kind, description: "" }), text);
      return;
    case "text":
  }
}

/** Throws when a text cannot be the name of a Kubernetes object. `what` names the text. */
export function checkName(what: string, text: string): void {
  // An empty variable of a script must not select every object.
  if (!/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/u.test(text)) {
    throw new UsageError(`invalid value for ${what}: "${text}" (expected the name of an object)`);
  }
}

/** The value of a boolean flag, in the spellings of Go's `strconv.ParseBool`. */
function toBoolean(name: string, text: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) {
    return true;
  }
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) {
    return false;
  }
  throw invalid(name, text, "true or false");
}

function toDurationMs(name: string, text: string): number {
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
  throw invalid(name, text, "a duration such as 30s, 5m or 1h30m");
}

function toInteger(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || !Number.isSafeInteger(value)) {
    throw invalid(name, text, "a whole number");
  }
  return value;
}

function invalid(name: string, text: string, expected: string): UsageError {
  return new UsageError(`invalid value for --${name}: "${text}" (expected ${expected})`);
}
