import { randomInt } from "node:crypto";

import { contain } from "./image/contain.ts";
import type { UnpackedImage } from "./image/unpack-image.ts";
import { freePort } from "./free-ports.ts";
import { httpStatus } from "./http-status.ts";
import { logTail } from "./log-tail.ts";
import { type ProcessOptions, startProcess, type SupervisedProcess } from "./supervised-process.ts";
import { waitUntil } from "./wait-until.ts";

/** Starts the program beside it; `npm run build` makes both. */
const BUNDLE = new URL("../dist/service-provider-ocm.mjs", import.meta.url).pathname;
/** Where a provider in an image finds its kubeconfig. */
const KUBECONFIG = "/etc/kubernetes/kubeconfig";
const READY_WITHIN_MS = 60_000;

/** How the platform would start the provider. */
export type ProviderOptions = {
  readonly command: "init" | "run" | "migrate";
  /** File that Node runs. Default: the shipped bundle. */
  readonly program?: string;
  /** Image in which it runs, instead of in this machine's own files. */
  readonly image?: UnpackedImage | undefined;
  /** Further files that it reads; in an image it finds them, as they are at the start, under the same paths. */
  readonly files?: readonly string[];
  /** Kubeconfig of the platform cluster. */
  readonly kubeconfigPath: string;
  /** Default `ocm`. */
  readonly providerName?: string;
  /** Default `openmcp-system`. */
  readonly podNamespace?: string;
  /** Flags after those that the platform sets; a flag that is given twice has its last value. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** File to which everything it logs is appended. */
  readonly logPath: string;
};

/** Exit code of the provider, or the signal that ended it. */
export type ExitStatus = number | NodeJS.Signals;

/** The provider's bundle, running as a process of its own. */
export type ProviderProcess = {
  readonly pid: number;
  readonly logPath: string;
  /** Base URL of `/healthz` and `/readyz`. */
  readonly healthURL: string;
  readonly exited: Promise<ExitStatus>;
  /** Resolves once `/readyz` says so; rejects when the process ends before. */
  ready(): Promise<void>;
  /** Asks it to end, as a kubelet does: SIGTERM, and SIGKILL after a while. */
  stop(): Promise<ExitStatus>;
  /** Ends it without any chance to clean up. */
  kill(): Promise<ExitStatus>;
};

/** Starts the shipped bundle with the flags and the environment that the platform gives it. */
export async function startProvider(options: ProviderOptions): Promise<ProviderProcess> {
  const healthAddress = `${loopback()}:${await freePort()}`;
  const { command, logPath, args = [] } = options;
  const supervised = await startProcess({
    name: `the provider's ${command}`,
    ...commandFor(options, [...platformArgs(options), ...healthArgs(command, healthAddress), ...args]),
    logPath,
    // Longer than the provider's own bound for running reconciles.
    stopWithinMs: 60_000,
  });
  return control(supervised, `http://${healthAddress}`);
}

function commandFor(options: ProviderOptions, args: readonly string[]): Pick<ProcessOptions, "path" | "args" | "env"> {
  const { image, program = BUNDLE, kubeconfigPath, files = [] } = options;
  const env = platformEnv(options);
  const mounts = { [KUBECONFIG]: kubeconfigPath, ...Object.fromEntries(files.map((path) => [path, path])) };
  return image === undefined
    ? { path: process.execPath, args: [program, ...args], env }
    : contain({ image, args, env: { ...env, KUBECONFIG }, mounts });
}

// A port that is free now can be somebody else's a moment later, who is then asked in place of this provider. On Linux
// every address that begins with 127 is this machine's.
function loopback(): string {
  const [first, second, third] = [randomInt(1, 255), randomInt(1, 255), randomInt(1, 255)];
  return process.platform === "linux" ? `127.${first}.${second}.${third}` : "127.0.0.1";
}

// Only what the platform starts serves probes.
function healthArgs(command: ProviderOptions["command"], address: string): readonly string[] {
  return command === "migrate" ? [] : [`--health-probe-bind-address=${address}`];
}

function platformArgs({ command, providerName = "ocm" }: ProviderOptions): readonly string[] {
  return [command, "--environment=local", "--verbosity=INFO", `--provider-name=${providerName}`];
}

function platformEnv(options: ProviderOptions): Readonly<Record<string, string>> {
  const { command, kubeconfigPath, providerName = "ocm", podNamespace = "openmcp-system", env } = options;
  return {
    KUBECONFIG: kubeconfigPath,
    POD_NAME: `sp-${providerName}-${command}`,
    POD_NAMESPACE: podNamespace,
    POD_IP: "127.0.0.1",
    POD_SERVICE_ACCOUNT_NAME: `sp-${providerName}`,
    ...env,
  };
}

function control(supervised: SupervisedProcess, healthURL: string): ProviderProcess {
  const { pid, logPath, exited } = supervised;
  return {
    pid,
    logPath,
    healthURL,
    exited,
    ready: () => waitUntilReady(supervised, healthURL),
    stop: async () => {
      await supervised.stop();
      return exited;
    },
    kill: async () => {
      await supervised.kill();
      return exited;
    },
  };
}

async function waitUntilReady({ exited, logPath }: SupervisedProcess, healthURL: string): Promise<void> {
  const ended = new AbortController();
  void exited.then((status) => ended.abort(new Error(`the provider ended with ${status}`)));
  try {
    await waitUntil(async (signal) => (await httpStatus(`${healthURL}/readyz`, { signal })) === 200, {
      what: "the provider is ready",
      withinMs: READY_WITHIN_MS,
      signal: ended.signal,
    });
  } catch (cause) {
    const tail = await logTail(logPath);
    throw new Error(`expected the provider to become ready; the end of ${logPath}:\n${tail}`, { cause });
  }
}
