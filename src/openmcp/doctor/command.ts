import type { Command } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";

const flags: readonly Flag[] = [
  { name: "wait", kind: "boolean", description: "look again every few seconds until nothing is FAILED" },
  { name: "timeout", kind: "duration", default: "5m", description: "how long --wait waits" },
  {
    name: "output",
    shorthand: "o",
    kind: "text",
    values: ["text", "json"],
    default: "text",
    description: "format of the answer",
  },
  {
    name: "bundle",
    kind: "text",
    placeholder: "file",
    description: "write a bundle for a bug report, a tar archive compressed by gzip; - for standard output",
  },
  {
    name: "probe-url",
    kind: "text",
    placeholder: "url",
    description: "where run serves its probes; default in a pod: http://127.0.0.1:8081",
  },
  {
    name: "metrics-url",
    kind: "text",
    placeholder: "url",
    description: "where run serves its metrics without TLS, for the bundle; default: they are left out",
  },
];

/** The command that looks at all that the provider depends on. */
export function doctorCommand<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
): Command {
  return {
    name: "doctor",
    summary: "Looks at all that the provider depends on, and says what to do about what is wrong.",
    synopsis: ["[--wait] [-o format] [--bundle file] [flags]"],
    description: `Each line is what one check has found: ok, WARNING, FAILED, or unknown where nobody could find out. Beneath it stands what was expected, and what to do. Nothing is changed on any cluster.

With --bundle, also writes what a bug report needs, without any content of Secrets.`,
    examples: [
      { command: "doctor --wait", says: "wait until all is well, as after an installation" },
      { command: "doctor --bundle=- > bundle.tgz", says: "write the bundle where the file system cannot be written" },
    ],
    connects: "reader",
    flags,
    exitCodes: { 0: "nothing has failed", 1: "something has", 2: "the command line is wrong" },
    load: async () => {
      const { doctor } = await import("./doctor.ts");
      return (given, context) => doctor(definition, given, context);
    },
  };
}
