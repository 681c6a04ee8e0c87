import { provider } from "../../src/ocm/provider.ts";
import type { Command } from "../../src/openmcp/command/command.ts";
import { type Flag, readerFlags, workplaceFlags } from "../../src/openmcp/command/flags.ts";
import { commandsOf } from "../../src/openmcp/program/commands.ts";
import { environment, placeholderOf } from "../../src/openmcp/program/help.ts";
import { code, table, wrap } from "./markdown.ts";

const HEAD = `# Command line

<!-- Generated from the table of commands in src/ by \`npm run generate\`; do not edit. -->

The platform starts \`init\` and \`run\`. An operator starts the others, with a kubeconfig of their own or by
\`kubectl exec\` in a pod of the provider, which has no shell and needs none. \`service-provider-ocm <command> --help\` shows
what this page says of a command.

Flags are written \`--flag=value\` or \`--flag value\`, before or after the command; a boolean flag takes a value only as
\`--flag=value\`, and \`--\` ends the flags. Of a flag that is repeated the last one counts, unless the flag says otherwise.
After an unknown flag or command the program names the nearest one in two lines, and exits with 2.`;

const ENVIRONMENT_NOTE = `\`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`NO_PROXY\` apply to every cluster, as described in
[operations.md](operations.md#proxies-authorities-and-kubeconfigs). [permissions.md](permissions.md) lists the rights that
each command needs on each cluster, and why.`;

/** Flags that several commands have in common, by what these commands work with. */
const shared = {
  workplace: { title: "Flags of init, run and migrate", flags: workplaceFlags },
  reader: { title: "Flags of the commands that only read", flags: readerFlags },
} as const;

/** Returns the content of docs/cli.md. */
export function cliReference(): string {
  const commands = commandsOf(provider);
  return `${[
    HEAD,
    table(
      ["command", "what the command does"],
      commands.map(({ name, summary }) => [`[${code(name)}](#${name})`, escaped(summary)]),
    ),
    ...commands.flatMap(commandSection),
    ...Object.values(shared).flatMap(({ title, flags }) => [`## ${title}`, flagTable(flags)]),
    "## Environment",
    table(
      ["variable", "meaning"],
      environment.map(([name, meaning]) => [code(name), escaped(meaning)]),
    ),
    ENVIRONMENT_NOTE,
  ].join("\n\n")}\n`;
}

function commandSection(command: Command): readonly string[] {
  const { name, summary, synopsis, description, examples = [], flags, exitCodes, connects } = command;
  return [
    `## ${name}`,
    wrap(escaped(summary)),
    fence(synopsis.map((form) => `${provider.name} ${name} ${form}`.trimEnd()).join("\n")),
    ...(description === undefined ? [] : description.split("\n\n").map((paragraph) => wrap(escaped(paragraph)))),
    ...(examples.length === 0 ? [] : [examples.map((one) => exampleLine(one)).join("\n")]),
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    ...(connects === undefined ? [] : [alsoTakes(connects)]),
    ...(exitCodes === undefined
      ? []
      : [
          table(
            ["exit code", "meaning"],
            Object.entries(exitCodes).map(([exitCode, meaning]) => [exitCode, escaped(meaning)]),
          ),
        ]),
  ];
}

function exampleLine({ command, says }: { readonly command: string; readonly says: string }): string {
  return wrap(`- ${code(`${provider.name} ${command}`)}: ${escaped(says)}`).replaceAll("\n", "\n  ");
}

function alsoTakes(connects: keyof typeof shared): string {
  const { title } = shared[connects];
  return `The command also takes the [${title.replace("Flags", "flags")}](#${title
    .toLowerCase()
    .replaceAll(/[^\w ]/gu, "")
    .replaceAll(" ", "-")}).`;
}

function flagTable(flags: readonly Flag[]): string {
  return table(
    ["flag", "default", "meaning"],
    flags.map((flag) => [
      code(label(flag)),
      flag.isRequired === true ? "required" : flag.default === undefined ? "" : code(flag.default),
      `${escaped(flag.description)}${flag.isRepeatable === true ? "; may be repeated" : ""}`,
    ]),
  );
}

function label(flag: Flag): string {
  const short = flag.shorthand === undefined ? "" : `-${flag.shorthand}, `;
  return `${short}--${flag.name}${flag.kind === "boolean" ? "" : ` <${placeholderOf(flag)}>`}`;
}

function fence(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function escaped(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("*", "\\*");
}
