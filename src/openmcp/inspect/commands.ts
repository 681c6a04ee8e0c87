import type { Command, Program } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";
import { SORT_KEYS } from "./tenant-row.ts";

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
    synopsis: ["[-n namespace] [--failing] [--sort key] [-o format] [flags]"],
    description: `The first line counts all tenants by phase, reason and version; then comes a line for each tenant, those that fail first. Objects of one name in two API groups are one tenant.`,
    examples: [{ command: "status --failing", says: "which tenants somebody has to look after, and why" }],
    connects: "reader",
    flags: [
      namespaceFlag,
      { name: "failing", kind: "boolean", description: "only tenants that somebody has to look after" },
      { name: "sort", kind: "text", values: SORT_KEYS, default: "state", description: "order of the tenants" },
      {
        name: "output",
        shorthand: "o",
        kind: "text",
        values: ["table", "wide"],
        default: "table",
        description: "format of the answer",
      },
    ],
    load: async () => (await import("./status.ts")).status,
  };
}
