import type { Command, Program } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";
import { FORMATS, SORT_KEYS } from "./flag-values.ts";

const namespaceFlag: Flag = {
  name: "namespace",
  shorthand: "n",
  kind: "name",
  description: "only tenants of this namespace; default: of every namespace",
};

/** The command that says how tenants are. */
export function statusCommand({ resource: { kind } }: Pick<Program, "resource">): Command {
  return {
    name: "status",
    summary: `Says how the tenants are, by their ${kind} objects.`,
    synopsis: [
      "[-n namespace] [--failing] [--sort key] [--watch] [-o format] [flags]",
      "<name> [-n namespace] [--watch] [-o format] [flags]",
    ],
    description: `The first line counts all tenants by phase, reason and version. Then comes a line for each tenant: those that fail first, then those that are not Ready, the latest change first. Objects of one name in two API groups are one tenant.

With a name, shows all that belongs to the tenant, from the ${kind} object to the objects on the tenant's cluster, each with its state, full message, age and latest Events. A cluster that does not answer within 5 seconds is shown as unknown.`,
    examples: [
      { command: "status --failing", says: "which tenants somebody has to look after, and why" },
      { command: "status mcp-01 -n project-x--ws-y", says: "everything about one tenant" },
    ],
    connects: "reader",
    words: [{ name: "name", kind: "name" }],
    flags: [
      namespaceFlag,
      { name: "failing", kind: "boolean", description: "only tenants that somebody has to look after" },
      { name: "sort", kind: "text", values: SORT_KEYS, default: "state", description: "order of the tenants" },
      { name: "watch", shorthand: "w", kind: "boolean", description: "go on with whatever changes, until Ctrl-C" },
      {
        name: "output",
        shorthand: "o",
        kind: "text",
        values: FORMATS,
        default: "table",
        description: "format of the answer",
      },
    ],
    load: async () => (await import("./status.ts")).status,
  };
}
