import { type CommandName, type Flag, flags } from "./flags.ts";

/** What a help text says of a program beside its flags. */
export type Described = {
  readonly name: string;
  readonly summary: string;
  readonly resource: { readonly kind: string; readonly group: string };
  readonly earlier?: readonly { readonly resource: { readonly group: string } }[];
};

/** The usage of the program, or of its command `migrate` if the words of the command line name that. */
export function helpText(program: Described, argv: readonly string[]): string {
  return program.earlier !== undefined && argv.includes("migrate") ? migrateHelp(program) : programHelp(program);
}

function programHelp({ name, summary, resource, earlier }: Described): string {
  const migrate = `
  migrate  moves objects of an earlier API group to ${resource.group}; see "migrate --help"`;
  return `${summary}

Usage:
  ${name} <command> [flags]

Commands:
  init     installs the CRDs on platform and onboarding cluster, then registers the provider
  run      watches ${resource.kind} objects and does what they ask for${earlier === undefined ? "" : migrate}
  version  prints the version
  help     prints this text

Flags:
${flagLines("run")}

Environment:
  POD_NAMESPACE  namespace of the provider's own requests, pull secrets and Lease
  POD_NAME       identity of this replica in the Lease
  KUBECONFIG     kubeconfig of the platform cluster when --kubeconfig is not given
`;
}

function migrateHelp({ name, resource: { kind, group }, earlier = [] }: Described): string {
  const groups = earlier.map(({ resource }) => resource.group).join(", ");
  return `Moves ${kind} objects and the ProviderConfig from ${groups} to ${group}.

Usage:
  ${name} migrate [flags] [name]

For each object, creates the same object in the present API group, waits until the running provider has handed the
installation over, and deletes the earlier object. Prints one line for each object. May be interrupted, and repeated.

With a name, or with --namespace, moves only such ${kind} objects, and no ProviderConfig.

Exits with 0 when none of these objects is left in its earlier group, with 1 when one is, with 2 for wrong words.

Flags:
${flagLines("migrate")}
`;
}

function flagLines(command: CommandName): string {
  const entries = flags
    .filter(({ commands }) => commands.includes(command))
    .map((flag) => [label(flag), `${flag.description}${defaultNote(flag, command)}`] as const);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, description]) => `  ${name.padEnd(width)}  ${description}`).join("\n");
}

function label(flag: Flag): string {
  const short = flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `;
  return `${short}--${flag.name}${flag.kind === "text" ? " <text>" : ""}`;
}

function defaultNote(flag: Flag, command: CommandName): string {
  if (flag.name === "provider-name") {
    return command === "migrate" ? "; default: the one that has registered these kinds" : " (required)";
  }
  return flag.default === "" ? "" : ` (default ${flag.default})`;
}
