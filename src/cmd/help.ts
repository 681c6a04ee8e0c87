import { flags, type Flag } from "./flags.ts";

/** The usage of the program, derived from the table of flags. */
export function helpText(): string {
  const entries = flags.map((flag) => [label(flag), `${flag.description}${defaultNote(flag)}`] as const);
  const width = Math.max(...entries.map(([name]) => name.length));
  const lines = entries.map(([name, description]) => `  ${name.padEnd(width)}  ${description}`);
  return `Installs the OCM K8s Toolkit on control planes of an openMCP platform.

Usage:
  service-provider-ocm <command> [flags]

Commands:
  init     installs the CRDs on platform and onboarding cluster, then registers the provider
  run      watches OCM objects and does what they ask for
  version  prints the version
  help     prints this text

Flags:
${lines.join("\n")}

Environment:
  POD_NAMESPACE  namespace of the provider's own requests, pull secrets and Lease
  POD_NAME       identity of this replica in the Lease
  KUBECONFIG     kubeconfig of the platform cluster when --kubeconfig is not given
`;
}

function label(flag: Flag): string {
  const short = flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `;
  return `${short}--${flag.name}${flag.kind === "text" ? " <text>" : ""}`;
}

function defaultNote(flag: Flag): string {
  return flag.default === "" ? "" : ` (default ${flag.default})`;
}
