import { type Command, type Program, sharedFlags } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";

/** The environment variables that the commands read, and their meaning. */
export const environment: readonly (readonly [name: string, meaning: string])[] = [
  ["POD_NAMESPACE", "namespace of the provider's own requests, pull secrets and Lease (default openmcp-system)"],
  ["POD_NAME", "identity of this replica in the Lease"],
  ["KUBECONFIG", "kubeconfig of the platform cluster when --kubeconfig is not given"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "URL of an OpenTelemetry collector, to which run sends traces (default none)"],
  ["NO_COLOR", "when it is not empty, answers have no colours"],
];

/** Lines of this length are read well, however wide the terminal is. */
const LONGEST_LINE = 100;
/** Below this, lines are left to the terminal. */
const SHORTEST_LINE = 40;

/** What is explained, and how. */
export type Asked = {
  /** A command; undefined for the program. */
  readonly name?: string | undefined;
  /** Characters in a line of the terminal. */
  readonly columns?: number | undefined;
};

/** The usage of the program, or of one of its commands. */
export function helpText(
  program: Pick<Program, "name" | "summary">,
  commands: readonly Command[],
  { name, columns = LONGEST_LINE }: Asked,
): string {
  const width = Math.max(SHORTEST_LINE, Math.min(columns, LONGEST_LINE));
  const command = commands.find((candidate) => candidate.name === name);
  const parts = command === undefined ? programHelp(program, commands) : commandHelp(program, command);
  return `${parts.map((part) => layOut(part, width)).join("\n\n")}\n`;
}

/** A paragraph, or a heading with lines: two columns, or texts as they are. */
type Part =
  | string
  | { readonly title: string; readonly rows: readonly (readonly [first: string, second: string] | string)[] };

function programHelp(
  { name, summary }: Pick<Program, "name" | "summary">,
  commands: readonly Command[],
): readonly Part[] {
  return [
    summary,
    { title: "Usage", rows: [`${name} <command> [flags]`] },
    { title: "Commands", rows: commands.map((command) => [command.name, inSentence(command.summary)]) },
    { title: "Environment", rows: environment },
    `"${name} <command> --help" explains a command and its flags.`,
  ];
}

function commandHelp({ name }: Pick<Program, "name">, command: Command): readonly Part[] {
  const { summary, synopsis, description, examples = [], exitCodes = {}, flags } = command;
  const parts: readonly Part[] = [
    summary,
    { title: "Usage", rows: synopsis.map((form) => `${name} ${command.name} ${form}`.trimEnd()) },
    ...(description?.split("\n\n") ?? []),
    { title: "Examples", rows: examples.flatMap((example) => [`# ${example.says}`, `${name} ${example.command}`]) },
    { title: "Flags", rows: flags.map(flagRow) },
    { title: flags.length === 0 ? "Flags" : "Common flags", rows: sharedFlags(command).map(flagRow) },
    { title: "Exit codes", rows: Object.entries(exitCodes) },
  ];
  return parts.filter((part) => typeof part === "string" || part.rows.length > 0);
}

function flagRow(flag: Flag): readonly [first: string, second: string] {
  return [label(flag), describeFlag(flag)];
}

function layOut(part: Part, width: number): string {
  if (typeof part === "string") {
    return wrapped(part, width).join("\n");
  }
  const firsts = part.rows.flatMap((row) => (typeof row === "string" ? [] : [row[0].length]));
  const indent = Math.max(0, ...firsts) + 4;
  const lines = part.rows.flatMap((row) => {
    if (typeof row === "string") {
      return [`  ${row}`];
    }
    const [first = "", ...more] = wrapped(row[1], Math.max(SHORTEST_LINE, width - indent));
    return [`  ${row[0]}`.padEnd(indent) + first, ...more.map((line) => " ".repeat(indent) + line)];
  });
  return [`${part.title}:`, ...lines].join("\n");
}

/** Breaks a text between its words, into lines that are not longer where that is possible. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = `${line} ${word}`;
    }
  }
  return lines;
}

function inSentence(summary: string): string {
  return `${summary.charAt(0).toLowerCase()}${summary.slice(1).replace(/\.$/u, "")}`;
}

function label(flag: Flag): string {
  const short = flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `;
  return `${short}--${flag.name}${flag.kind === "boolean" ? "" : ` <${placeholderOf(flag)}>`}`;
}

/** What stands for the value of a flag. */
export function placeholderOf({ kind, values, placeholder = kind }: Flag): string {
  return values?.join("|") ?? placeholder;
}

function describeFlag(flag: Flag): string {
  const isRequired = flag.isRequired === true ? " (required)" : "";
  const repeats = flag.isRepeatable === true ? "; may be repeated" : "";
  return `${flag.description}${repeats}${isRequired}${flag.default === undefined ? "" : ` (default ${flag.default})`}`;
}
