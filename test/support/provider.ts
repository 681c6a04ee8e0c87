import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** How the shipped bundle is started. */
export type ProviderOptions = {
  readonly command: "init" | "run";
  /** Kubeconfig of the platform cluster. */
  readonly kubeconfigPath: string;
  /** Default `ocm`. */
  readonly providerName?: string;
  /** Default `openmcp-system`. */
  readonly podNamespace?: string;
  /** Default `provider-0`. */
  readonly podName?: string;
  /** Further flags, after those of the operator. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** File that standard output and error are appended to. */
  readonly logPath: string;
};

/** A provider that runs as a process of its own. */
export type ProviderProcess = {
  /** Exit code, or the name of the signal that ended the process. */
  readonly exit: Promise<number | string>;
  /** Resolves when the provider says that it is ready; rejects when it ends, or is not ready within 60 s. */
  readonly ready: () => Promise<void>;
  /** Asks the provider to stop, as a kubelet does: SIGTERM, and SIGKILL after 30 s. */
  readonly stop: () => Promise<number | string>;
  /** Ends the provider without any chance to clean up. */
  readonly kill: () => Promise<number | string>;
};

const BUNDLE = fileURLToPath(new URL("../../dist/service-provider-ocm.mjs", import.meta.url));
const READY_WITHIN_MS = 60_000;
const READY_POLL_MS = 25;
const GRACE_MS = 30_000;
const LOG_TAIL_LINES = 20;

/** Starts the shipped bundle with the flags and the environment that the operator gives it. */
export function startProvider(options: ProviderOptions): ProviderProcess {
  const started = freePort().then((port) => ({ port, child: spawnProvider(options, port) }));
  const exit = started.then(({ child }) => exitOf(child));
  const signal = async (name: NodeJS.Signals): Promise<number | string> => {
    (await started).child.kill(name);
    return exit;
  };
  return {
    exit,
    ready: async () => {
      const { port, child } = await started;
      await untilReady(child, `http://127.0.0.1:${port}/readyz`, options);
    },
    stop: async () => {
      const overdue = new AbortController();
      void sleep(GRACE_MS, undefined, { signal: overdue.signal }).then(
        () => signal("SIGKILL"),
        () => undefined,
      );
      const code = await signal("SIGTERM");
      overdue.abort();
      return code;
    },
    kill: () => signal("SIGKILL"),
  };
}

function spawnProvider(options: ProviderOptions, healthPort: number): ChildProcess {
  const { command, providerName = "ocm", podNamespace = "openmcp-system", podName = "provider-0" } = options;
  const log = openSync(options.logPath, "a");
  const flags = ["--environment=test", "--verbosity=DEBUG", `--provider-name=${providerName}`];
  const address = `--health-probe-bind-address=127.0.0.1:${healthPort}`;
  const child = spawn(process.execPath, [BUNDLE, command, ...flags, address, ...(options.args ?? [])], {
    env: {
      PATH: process.env["PATH"],
      KUBECONFIG: options.kubeconfigPath,
      POD_NAME: podName,
      POD_NAMESPACE: podNamespace,
      POD_IP: "127.0.0.1",
      POD_SERVICE_ACCOUNT_NAME: `sp-${providerName}${command === "init" ? "-init" : ""}`,
      ...options.env,
    },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return child;
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
}

async function untilReady(child: ChildProcess, url: string, { command, logPath }: ProviderOptions): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answersOk(url))) {
    const end = child.exitCode ?? child.signalCode;
    if (end !== null || Date.now() > deadline) {
      const what = end === null ? `is not ready after ${READY_WITHIN_MS / 1000} s` : `ended with ${end}`;
      throw new Error(`provider ${command} ${what}, log ${logPath} ends with:\n${tailOf(logPath)}`);
    }
    await sleep(READY_POLL_MS);
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function tailOf(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
