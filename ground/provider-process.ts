import { freePort } from "./real/free-ports.ts";
import { httpStatus } from "./real/http-status.ts";
import { startProcess, type SupervisedProcess } from "./real/supervised-process.ts";
import { waitUntil } from "./real/wait-until.ts";

/** The one file that is shipped; `npm run build` makes it. */
const BUNDLE = new URL("../dist/service-provider-ocm.mjs", import.meta.url).pathname;
const READY_WITHIN_MS = 60_000;

/** How the platform would start the provider. */
export type ProviderOptions = {
  readonly command: "init" | "run";
  /** Kubeconfig of the platform cluster. */
  readonly kubeconfigPath: string;
  /** Default `ocm`. */
  readonly providerName?: string;
  /** Default `openmcp-system`. */
  readonly podNamespace?: string;
  /** Flags besides those that the platform sets. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** File to which everything it logs is appended. */
  readonly logPath: string;
};

/** The provider's bundle, running as a process of its own. */
export type ProviderProcess = Pick<SupervisedProcess, "pid" | "exited" | "stop" | "kill" | "logPath"> & {
  /** Base URL of `/healthz` and `/readyz`. */
  readonly healthURL: string;
  /** Resolves once `/readyz` says so; rejects when the process ends before. */
  ready(): Promise<void>;
};

/** Starts the shipped bundle with the flags and the environment that the platform gives it. */
export async function startProvider(options: ProviderOptions): Promise<ProviderProcess> {
  const { command, providerName = "ocm", podNamespace = "openmcp-system", logPath } = options;
  const healthAddress = `127.0.0.1:${await freePort()}`;
  const healthURL = `http://${healthAddress}`;
  const supervised = await startProcess({
    name: `the provider's ${command}`,
    path: process.execPath,
    args: [
      BUNDLE,
      command,
      "--environment=sandbox",
      "--verbosity=INFO",
      `--provider-name=${providerName}`,
      `--health-probe-bind-address=${healthAddress}`,
      ...(options.args ?? []),
    ],
    env: {
      KUBECONFIG: options.kubeconfigPath,
      POD_NAME: `sp-${providerName}-${command}`,
      POD_NAMESPACE: podNamespace,
      POD_IP: "127.0.0.1",
      POD_SERVICE_ACCOUNT_NAME: `sp-${providerName}`,
      ...options.env,
    },
    logPath,
    // Longer than the provider's own bound for running reconciles.
    stopWithinMs: 60_000,
  });
  return { ...supervised, healthURL, ready: () => waitUntilReady(supervised, healthURL) };
}

async function waitUntilReady({ exited, logPath }: SupervisedProcess, healthURL: string): Promise<void> {
  const ended = new AbortController();
  void exited.then((status) =>
    ended.abort(new Error(`expected the provider to become ready, found that it ended with ${status}; see ${logPath}`)),
  );
  await waitUntil(async (signal) => (await httpStatus(`${healthURL}/readyz`, { signal })) === 200, {
    what: `the provider is ready (see ${logPath})`,
    withinMs: READY_WITHIN_MS,
    signal: ended.signal,
  });
}
