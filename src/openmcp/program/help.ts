import { type Command, flagsOf, type Program } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";

/** The environment variables that the commands read, and their meaning. */
export const environment: readonly (readonly [name: string, meaning: string])[] = [
  ["POD_NAMESPACE", "namespace of the provider's own requests, pull secrets and Lease (default openmcp-system)"],
  ["POD_NAME", "identity of this replica in the Lease"],
  ["KUBECONFIG", "kubeconfig of the platform cluster when --kubeconfig is not given"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "URL of an OpenTelemetry collector, to which run sends traces (default none)"],
  ["NO_COLOR", "when it is not empty, answers have no colours"],
];

/** The usage of the program, or of one of its commands. */
export function helpText(
  program: Pick<Program, "name" | "summary">,
  commands: readonly Command[],
  name: string | undefined,
): string {
  const command = commands.find((candidate) => candidate.name === name);
  return command === undefined ? programHelp(program, commands) : commandHelp(program, command);
}

function programHelp({ name, summary }: Pick<Program, "name" | "summary">, commands: readonly Command[]): string {
  const lines = inColumns(commands.map((command) => [command.name, inSentence(command.summary)]));
  return `${summary}

Usage:
  ${name} <command> [flags]

Commands:
${lines}

Environment:
${inColumns(environment)}

"${name} <command> --help" explains a command and its flags.
`;
}

function commandHelp({ name }: Pick<Program, "name">, command: Command): string {
  const { summary, description, examples = [], exitCodes = {} } = command;
  const flags = flagsOf(command);
  const parts = [
    summary,
    ["Usage:", ...command.synopsis.map((synopsis) => `  ${[name, command.name, synopsis].join(" ").trimEnd()}`)].join(
      "\n",
    ),
    description,
    examples.length > 0 &&
      `Examples:\n${examples.map((example) => `  # ${example.says}\n  ${name} ${example.command}`).join("\n\n")}`,
    flags.length > 0 && `Flags:\n${inColumns(flags.map((flag) => [label(flag), describeFlag(flag)]))}`,
    Object.keys(exitCodes).length > 0 && `Exit codes:\n${inColumns(Object.entries(exitCodes))}`,
  ];
  return `${parts.filter((part) => part !== undefined && part !== false).join("\n\n")}\n`;
}

function inColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
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
