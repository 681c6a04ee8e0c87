import type { Command, Program } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";
import { FORMATS, SORT_KEYS } from "./flag-values.ts";

const outputFlag: Flag = {
  name: "output",
  shorthand: "o",
  kind: "text",
  values: FORMATS,
  default: "table",
  description: "format of the answer",
};

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
      { command: "status --failing", says: "name the tenants that somebody has to look after, and say why" },
      { command: "status mcp-01 -n project-x--ws-y", says: "show everything about one tenant" },
    ],
    connects: "reader",
    words: [{ name: "name", kind: "name" }],
    flags: [
      namespaceFlag,
      { name: "failing", kind: "boolean", description: "only tenants that somebody has to look after" },
      { name: "sort", kind: "text", values: SORT_KEYS, default: "state", description: "order of the tenants" },
      { name: "watch", shorthand: "w", kind: "boolean", description: "go on with whatever changes, until Ctrl-C" },
      outputFlag,
    ],
    load: async () => (await import("./status.ts")).status,
  };
}

/** The command that says whose an object is. */
export function traceCommand({ resource: { kind } }: Pick<Program, "resource">): Command {
  return {
    name: "trace",
    summary: "Says whose an object is, in which state, and what holds it.",
    synopsis: [
      "mcp--<uuid> [-o format] [flags]",
      "<kind>/<name> [-n namespace] [--tenant namespace/name] [-o format] [flags]",
    ],
    description: `Of the namespace of a control plane on the platform cluster, shows the tenant that it belongs to, with all that belongs to the tenant.

Of any other object, says to which tenant the object belongs, who has made it, who removes each of its finalizers, and which objects lead to it from the ${kind} object on. An object of the kind ${kind} is looked for on the onboarding cluster, an object with --tenant on the cluster of that tenant, and every other one on the platform cluster. Of Secrets, nothing but their metadata is read.`,
    examples: [
      { command: "trace mcp--7a05880e-ce1a-8259-84cb-c455230c1500", says: "say whose namespace this is" },
      {
        command: "trace helmrelease/sp-ocm-k8s-toolkit -n mcp--7a05880e-ce1a-8259-84cb-c455230c1500",
        says: "say whose release this is, and what holds it",
      },
    ],
    connects: "reader",
    words: [{ name: "object", isRequired: true }],
    flags: [
      { ...namespaceFlag, description: "namespace of the object; default: every namespace" },
      {
        name: "tenant",
        kind: "text",
        placeholder: "namespace/name",
        description: `${kind} object of the tenant on whose cluster the object is`,
      },
      outputFlag,
    ],
    load: async () => (await import("./trace.ts")).trace,
  };
}
