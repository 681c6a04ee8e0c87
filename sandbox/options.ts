import { parseArgs } from "node:util";

import { TROUBLES } from "./trouble.ts";

/** What the command line asks for. */
export type Options = {
  /** On real API servers and Flux instead of embedded ones. */
  readonly real: boolean;
  /** Run the provider in its image instead of as a process of this machine. */
  readonly image: boolean;
  /** Leave the platform as it is before a provider is installed. */
  readonly bare: boolean;
  /** Create, upgrade and delete a tenant, then end. */
  readonly once: boolean;
  /** Build the program, and its image, from the sources as they are now. */
  readonly build: boolean;
  /** Leave the folder with kubeconfigs and logs in place. */
  readonly keep: boolean;
  /** Folder of the provider that is run. Default: that of this repository. */
  readonly provider?: string;
  /** Bring trouble over some of the tenants. */
  readonly trouble: boolean;
  /** Serve a page that shows the tenants. */
  readonly dashboard: boolean;
  /** How many tenants there are, each with a control plane of its own. */
  readonly tenants: number;
};

const MOST_TENANTS = 500;

export const usage = `Runs the provider on clusters of its own and shows what becomes of its tenants.

Usage: npm run sandbox [-- flags]

Flags:
  --real       real etcd, kube-apiserver, openmcp-operator, Flux and a chart registry instead of embedded ones;
               their binaries are built once, which needs Go and takes a while
  --image      run the provider in the image that is shipped (built if need be): read-only files, another user, no way to
               more privileges; on Linux, as root or where user namespaces are allowed
  --bare       install nothing: print a kubeconfig for each cluster, and run what a ServiceProvider asks for
  --provider F run the provider in folder F, as examples/hello, instead of the one for OCM; not with --real
  --tenants N  order N control planes, one for each tenant (default 1, with --trouble 12)
  --trouble    break some of the tenants in six ways, and say which; with --once, mend them again
  --dashboard  serve a page that shows the tenants, and print its address
  --once       create the tenants, upgrade them, delete them, then end; exit code 0 says that all went well
  --keep       leave the folder with kubeconfigs and logs in place at the end
  --no-build   run what was built before, whatever the sources say now
  --help       print this text
`;

/** Reads the command line; throws with a clear message for a flag that does not exist. */
export function parseOptions(argv: readonly string[]): Options | "help" {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      real: flag,
      tenants: { type: "string" },
      trouble: flag,
      dashboard: flag,
      image: flag,
      bare: flag,
      once: flag,
      "no-build": flag,
      keep: flag,
      provider: { type: "string" },
      help: { ...flag, short: "h" },
    },
  });
  refuseContradictions(values);
  const { real, image, bare, once, keep, trouble, dashboard, provider } = values;
  return values.help
    ? "help"
    : {
        real,
        image,
        bare,
        build: !values["no-build"],
        once,
        keep,
        trouble,
        dashboard,
        tenants: trouble ? tenantCount(values.tenants ?? "12", TROUBLES.length) : tenantCount(values.tenants ?? "1", 1),
        ...(provider !== undefined && { provider }),
      };
}

/** Flags that cannot go with others. */
const CONTRADICTIONS = [
  { flag: "provider", without: ["real"], because: "the real operator runs the provider for OCM" },
  { flag: "provider", without: ["image"], because: "the image holds the provider for OCM" },
  { flag: "bare", without: ["once", "provider"], because: "nothing is run before a user installs it" },
  { flag: "dashboard", without: ["bare"], because: "there is nothing to show before a user installs it" },
  { flag: "trouble", without: ["bare", "provider"], because: "only tenants of the provider for OCM get into trouble" },
] as const;

function refuseContradictions(values: Readonly<Record<string, unknown>>): void {
  const isGiven = (flag: string): boolean => values[flag] !== undefined && values[flag] !== false;
  for (const { flag, without, because } of CONTRADICTIONS) {
    if (isGiven(flag) && without.some(isGiven)) {
      throw new Error(`expected --${flag} without ${without.map((other) => `--${other}`).join(" and ")}: ${because}`);
    }
  }
}

function tenantCount(text: string, fewest: number): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < fewest || count > MOST_TENANTS) {
    throw new Error(`expected --tenants to be a whole number from ${fewest} to ${MOST_TENANTS}, found ${text}`);
  }
  return count;
}
