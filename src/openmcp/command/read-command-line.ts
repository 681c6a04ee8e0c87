import { type Command, flagsOf, type Word } from "./command.ts";
import type { Flag } from "./flags.ts";
import { checkName, Given } from "./given.ts";
import { nearest } from "./nearest.ts";
import { anyOf, UsageError } from "./usage-error.ts";

/** A command, and what was said to it. */
type CommandLine = { readonly command: Command; readonly given: Given };

/** A flag as it was written: `--name` or `-n`, and its value unless that is a boolean's. */
type Written = { readonly word: string; readonly value: string };

type Reading = {
  readonly commands: readonly Command[];
  /** What is left to read. */
  readonly rest: string[];
  readonly positionals: string[];
  readonly written: Written[];
};

/**
 * Reads the words after the program's name the way Go's pflag does; a `UsageError` says what is wrong.
 *
 * `--name=value`, `--name value`, `-n=value`, `-n value`, `-nvalue`; a boolean alone means true and never takes the next
 * word; `--` ends the flags; of a repeated flag the last one wins, unless it is meant to be repeated. The command may
 * come before, between and after the flags.
 */
export function readCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine {
  const reading: Reading = { commands, rest: [...argv], positionals: [], written: [] };
  for (let word = reading.rest.shift(); word !== undefined; word = reading.rest.shift()) {
    if (word === "--help" || word === "-h") {
      return toCommandLine({ ...reading, positionals: ["help", ...helpTopic(reading)], written: [] });
    }
    if (word === "--version" && reading.positionals.length === 0) {
      return toCommandLine({ ...reading, positionals: ["version"], written: [] });
    }
    readWord(word, reading);
  }
  return toCommandLine(reading);
}

function toCommandLine(reading: Reading): CommandLine {
  const command = commandOf(reading);
  const [, ...words] = reading.positionals;
  checkWords(command, words);
  return { command, given: new Given(flagsOf(command), textsOf(command, reading), words) };
}

function readWord(word: string, reading: Reading): void {
  if (word === "--") {
    reading.positionals.push(...reading.rest.splice(0));
  } else if (word.startsWith("--")) {
    readLong(word, reading);
  } else if (word.startsWith("-") && word !== "-") {
    readShort(word, reading);
  } else {
    reading.positionals.push(word);
  }
}

function readLong(word: string, reading: Reading): void {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  const flag = find(name, reading);
  reading.written.push({
    word: name,
    value: equals === -1 ? valueAfter(name, flag, reading) : word.slice(equals + 1),
  });
}

function readShort(word: string, reading: Reading): void {
  const name = word.slice(0, 2);
  const rest = word.slice(2);
  const flag = find(name, reading);
  if (rest === "") {
    reading.written.push({ word: name, value: valueAfter(name, flag, reading) });
  } else if (flag.kind === "boolean" && !rest.startsWith("=")) {
    reading.written.push({ word: name, value: "true" });
    readShort(`-${rest}`, reading);
  } else {
    reading.written.push({ word: name, value: rest.replace(/^=/u, "") });
  }
}

function valueAfter(name: string, flag: Flag, { rest }: Reading): string {
  if (flag.kind === "boolean") {
    return "true";
  }
  const value = rest.shift();
  if (value === undefined) {
    throw new UsageError(`flag needs a value: ${name}`);
  }
  return value;
}

function isCalled(flag: Flag, word: string): boolean {
  return word === `--${flag.name}` || (flag.shorthand !== undefined && word === `-${flag.shorthand}`);
}

/**
 * The flag of the command, or of any command as long as that is not known: whether a flag takes a value is the same for
 * all flags of one name.
 */
function find(word: string, { commands, positionals }: Reading): Flag {
  const command = commands.find(({ name }) => name === positionals[0]);
  const known = commands.flatMap(flagsOf);
  const flag = [...(command === undefined ? [] : flagsOf(command)), ...known].find((one) => isCalled(one, word));
  if (flag === undefined) {
    const candidates = (command === undefined ? known : flagsOf(command)).map(({ name }) => `--${name}`);
    const what = word.startsWith("--") ? "flag" : "shorthand flag";
    throw new UsageError(`unknown ${what}: ${word}${suggestion(word, candidates)}`);
  }
  return flag;
}

function suggestion(word: string, candidates: readonly string[]): string {
  const found = nearest(word, candidates);
  return found === undefined ? "" : ` (did you mean ${found}?)`;
}

function textsOf(command: Command, { written }: Reading): ReadonlyMap<string, readonly string[]> {
  const flags = flagsOf(command);
  const texts = new Map<string, readonly string[]>();
  for (const { word, value } of written) {
    const flag = flags.find((one) => isCalled(one, word));
    if (flag === undefined) {
      throw new UsageError(`unknown flag of ${command.name}: ${word}`);
    }
    const before = flag.isRepeatable === true ? (texts.get(flag.name) ?? []) : [];
    texts.set(flag.name, [...before, value]);
  }
  return texts;
}

function commandOf({ commands, positionals: [name] }: Pick<Reading, "commands" | "positionals">): Command {
  if (name === undefined) {
    throw new UsageError("a command is missing");
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = commands.map((candidate) => candidate.name);
    throw new UsageError(`unknown command: ${name}${suggestion(name, names)}`);
  }
  return command;
}

/** The command that the words around a request for help name; none when help is asked for the program. */
function helpTopic({ commands, positionals: [command], rest }: Reading): readonly string[] {
  const name = command ?? rest.find((word) => !word.startsWith("-"));
  return commands.some((candidate) => candidate.name === name) && name !== undefined && name !== "help" ? [name] : [];
}

function checkWords({ words: expected = [] }: Command, words: readonly string[]): void {
  const unexpected = words[expected.length];
  if (unexpected !== undefined) {
    throw new UsageError(`unexpected argument: ${unexpected}`);
  }
  expected.forEach((word, index) => checkWord(word, words[index]));
}

function checkWord({ name, kind, values, isRequired }: Word, text: string | undefined): void {
  if (text === undefined) {
    if (isRequired === true) {
      throw new UsageError(`argument is missing: ${name}${values === undefined ? "" : ` (${anyOf(values)})`}`);
    }
    return;
  }
  if (values !== undefined && !values.includes(text)) {
    throw new UsageError(`invalid value for ${name}: "${text}" (expected ${anyOf(values)})`);
  }
  if (kind === "name") {
    checkName(name, text);
  }
}
