import { type Command, flagsOf } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";

/** What a script is made of. */
type Completed = { readonly name: string; readonly commands: readonly Command[] };

/** Returns the script with which a shell completes the command lines of a program. Pure. */
export function completionScript(shell: "bash" | "zsh" | "fish", completed: Completed): string {
  switch (shell) {
    case "bash":
      return bashScript(completed);
    case "zsh":
      return zshScript(completed);
    case "fish":
      return fishScript(completed);
  }
}

const HELP: Flag = { name: "help", shorthand: "h", kind: "boolean", description: "explain the command" };
const VERSION: Flag = { name: "version", kind: "boolean", description: "print the version" };

function functionOf(name: string): string {
  return `_${name.replaceAll(/\W/gu, "_")}`;
}

function shownFlags(command: Command): readonly Flag[] {
  return [...flagsOf(command).filter(({ isIgnored }) => isIgnored !== true), HELP];
}

/** The values that the words of a command can have. */
function wordsOf({ words = [] }: Command): readonly string[] {
  return words.flatMap(({ values = [] }) => values);
}

/** How a flag can be written. */
function spellings({ name, shorthand }: Flag): readonly string[] {
  return [...(shorthand === undefined ? [] : [`-${shorthand}`]), `--${name}`];
}

/** The values of a flag, for a shell; those of a boolean flag need no completion. */
function valuesOf({ values, placeholder }: Flag): { readonly words: string } | "files" | "folders" | "any" {
  if (values !== undefined) {
    return { words: values.join(" ") };
  }
  return placeholder === "file" ? "files" : placeholder === "folder" ? "folders" : "any";
}

/** A text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function bashScript({ name, commands }: Completed): string {
  const takesValue = commands.flatMap(shownFlags).filter(({ kind }) => kind !== "boolean");
  const names = commands.map((command) => command.name);
  return `# Completes ${name} in bash.
${functionOf(name)}() {
  local current=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} command= index=1
  # Bash takes the = of --flag=value for a word.
  if [[ $current == "=" ]]; then
    current=
  elif [[ $flag == "=" ]]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  while ((index < COMP_CWORD)); do
    case \${COMP_WORDS[index]} in
      ${[...new Set(takesValue.flatMap(spellings))].join("|")})
        ((index += 1))
        if [[ \${COMP_WORDS[index]} == "=" ]]; then ((index += 1)); fi
        ;;
      ${names.join("|")})
        command=\${COMP_WORDS[index]}
        break
        ;;
    esac
    ((index += 1))
  done
  local flags="${[HELP, VERSION].flatMap(spellings).join(" ")}" words="${names.join(" ")}"
  case $command in
${commands.map(bashCase).join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -F ${functionOf(name)} ${name}
`;
}

function bashCase(command: Command): string {
  const flags = shownFlags(command);
  const byAction = Map.groupBy(
    flags.filter(({ kind }) => kind !== "boolean"),
    bashValues,
  );
  const cases = Array.from(
    byAction,
    ([action, alike]) => `        ${alike.flatMap(spellings).join("|")}) ${action}; return ;;`,
  );
  return `    ${command.name})
      flags="${flags.flatMap(spellings).join(" ")}" words="${wordsOf(command).join(" ")}"
${cases.length === 0 ? "" : `      case $flag in\n${cases.join("\n")}\n      esac\n`}      ;;`;
}

function bashValues(flag: Flag): string {
  const values = valuesOf(flag);
  if (typeof values === "object") {
    return `COMPREPLY=($(compgen -W "${values.words}" -- "$current"))`;
  }
  switch (values) {
    case "files":
      return `compopt -o filenames; COMPREPLY=($(compgen -f -- "$current"))`;
    case "folders":
      return `compopt -o filenames; COMPREPLY=($(compgen -d -- "$current"))`;
    case "any":
      return "COMPREPLY=()";
  }
}

function zshScript({ name, commands }: Completed): string {
  const own = functionOf(name);
  return `#compdef ${name}
# Completes ${name} in zsh.
${own}() {
  local context state line
  typeset -A opt_args
  _arguments -C -S ${[HELP, VERSION].flatMap(zshFlag).join(" ")} '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${commands.map((command) => `        ${quoted(`${command.name}:${command.summary.replaceAll(":", String.raw`\:`)}`)}`).join("\n")}
      )
      _describe command commands
      ;;
    argument)
      case $words[1] in
${commands.map(zshCase).join("\n")}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == ${own} ]]; then
  ${own} "$@"
else
  compdef ${own} ${name}
fi
`;
}

function zshCase(command: Command): string {
  const specs = [
    ...shownFlags(command).flatMap(zshFlag),
    // A word without values would keep zsh from offering flags.
    ...(command.words ?? []).flatMap(({ name, values }, index) =>
      values === undefined ? [] : [quoted(`${index + 1}:${name}:(${values.join(" ")})`)],
    ),
  ];
  return `        ${command.name})\n          _arguments -S \\\n            ${specs.join(" \\\n            ")}\n          ;;`;
}

function zshFlag(flag: Flag): readonly string[] {
  const says = `[${flag.description.replaceAll(/[[\]\\:]/gu, String.raw`\$&`)}]`;
  const value = flag.kind === "boolean" ? "" : `:${flag.placeholder ?? flag.kind}:${zshValues(flag)}`;
  const others = flag.isRepeatable === true ? "*" : `(${spellings(flag).join(" ")})`;
  return spellings(flag).map((word) =>
    quoted(`${others}${word}${value === "" || !word.startsWith("--") ? "" : "="}${says}${value}`),
  );
}

function zshValues(flag: Flag): string {
  const values = valuesOf(flag);
  if (typeof values === "object") {
    return `(${values.words})`;
  }
  switch (values) {
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "any":
      return "";
  }
}

function fishScript({ name, commands }: Completed): string {
  const complete = `complete -c ${name}`;
  const isFirst = "-n __fish_use_subcommand";
  const lines = commands.flatMap((command) => {
    const isThis = `-n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
    const words = wordsOf(command);
    return [
      `${complete} ${isFirst} -a ${command.name} -d ${fishText(command.summary)}`,
      ...(words.length === 0 ? [] : [`${complete} ${isThis} -a ${fishText(words.join(" "))}`]),
      ...shownFlags(command).map((flag) => `${complete} ${isThis} ${fishFlag(flag)}`),
    ];
  });
  return `# Completes ${name} in fish.
${complete} -f
${[HELP, VERSION].map((flag) => `${complete} ${isFirst} ${fishFlag(flag)}`).join("\n")}
${lines.join("\n")}
`;
}

function fishFlag(flag: Flag): string {
  const short = flag.shorthand === undefined ? "" : ` -s ${flag.shorthand}`;
  return `-l ${flag.name}${short}${fishValues(flag)} -d ${fishText(flag.description)}`;
}

function fishValues(flag: Flag): string {
  if (flag.kind === "boolean") {
    return "";
  }
  const values = valuesOf(flag);
  if (typeof values === "object") {
    return ` -x -a ${fishText(values.words)}`;
  }
  switch (values) {
    case "files":
      return " -r -F";
    case "folders":
      return " -x -a '(__fish_complete_directories)'";
    case "any":
      return " -x";
  }
}

function fishText(text: string): string {
  return `'${text.replaceAll(/['\\]/gu, String.raw`\$&`)}'`;
}
