import { flags, type Flag } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

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
