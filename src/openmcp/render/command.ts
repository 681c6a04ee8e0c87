import type { Command } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";

/** The command that says what a provider would write, and what a change of its settings would change. */
export function renderCommand<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
): Command {
  const { kind } = definition.resource;
  return {
    name: "render",
    summary: `Prints the objects that would be written for ${kind} objects, or what a ProviderConfig would change.`,
    synopsis: [
      `-f <file>… [-o yaml|json] [--validate|--show-values] [flags]`,
      "--diff [-f <file>…] [-o text|json] [flags]",
    ],
    description: descriptionFor(kind),
    connects: "reader",
    flags: flagsFor(kind),
    examples: EXAMPLES,
    exitCodes: {
      0: "the objects are printed; with --validate, nothing is wrong; with --diff, nothing would change",
      1: "a file cannot be used, or something in it is wrong; with --diff, something would change",
      2: "the command line is wrong; with --diff, any failure",
    },
    load: async () => {
      const { render } = await import("./render.ts");
      return (given, context) => render(definition, given, context);
    },
  };
}

function descriptionFor(kind: string): string {
  return `Without --diff, reads ${kind} objects and a ProviderConfig from files, and asks no cluster. The objects come from the code that writes them in a running provider. Whatever the files do not have is taken for granted, and named: control planes, access, and the Secrets that the ProviderConfig names. Objects of the platform among the files, such as an AccessRequest, count as they are.

With --diff, reads the platform and the onboarding cluster, and says which objects would change if the ProviderConfig of the files was applied; without a file, which the provider would correct now. Nothing is written. What another controller then does is taken to go well.

Values that may be secrets are shown as ***.`;
}

function flagsFor(kind: string): readonly Flag[] {
  return [
    {
      name: "filename",
      shorthand: "f",
      kind: "text",
      placeholder: "file",
      isRepeatable: true,
      description: "file, or folder with *.yaml, *.yml and *.json; - is the standard input",
    },
    { name: "diff", kind: "boolean", description: "compare with the objects on the platform, reading only" },
    {
      name: "output",
      shorthand: "o",
      kind: "text",
      values: ["yaml", "json", "text"],
      description: "format of the answer; default: yaml, with --diff or --validate text",
    },
    {
      name: "validate",
      kind: "boolean",
      description: `print what is wrong with the files, and how each ${kind} object would fare, in place of objects`,
    },
    { name: "show-values", kind: "boolean", description: "print the merged Helm values in place of objects" },
  ];
}

const EXAMPLES: NonNullable<Command["examples"]> = [
  {
    command: "render -f ocm.yaml -f providerconfig.yaml",
    says: "print the objects that would be written",
  },
  { command: "render --diff -f providerconfig.yaml", says: "say what a changed ProviderConfig would change" },
  { command: "render --diff", says: "say what the provider would correct now" },
];
