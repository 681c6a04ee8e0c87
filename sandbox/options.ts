import { parseArgs } from "node:util";

/** What the command line asks for. */
export type Options = {
  /** On real API servers and Flux instead of embedded ones. */
  readonly real: boolean;
  /** Create, upgrade and delete a tenant, then end. */
  readonly once: boolean;
  /** Leave the folder with kubeconfigs and logs in place. */
  readonly keep: boolean;
};

export const usage = `Runs the provider on clusters of its own and shows what becomes of one tenant.

Usage: npm run sandbox [-- flags]

Flags:
  --real   real etcd, kube-apiserver, Flux and a chart registry instead of embedded ones;
           their binaries are built once, which needs Go and takes a while
  --once   create a tenant, upgrade it, delete it, then end; exit code 0 says that all went well
  --keep   leave the folder with kubeconfigs and logs in place at the end
  --help   print this text
`;

/** Reads the command line; throws with a clear message for a flag that does not exist. */
export function parseOptions(argv: readonly string[]): Options | "help" {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { real: flag, once: flag, keep: flag, help: { ...flag, short: "h" } },
  });
  return values.help ? "help" : { real: values.real, once: values.once, keep: values.keep };
}
