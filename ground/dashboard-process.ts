import { readFile } from "node:fs/promises";

import { startProcess, type SupervisedProcess } from "./supervised-process.ts";

const BUNDLE = new URL("../dist/service-provider-ocm.mjs", import.meta.url).pathname;

/** Whose tenants are shown. */
export type DashboardOptions = {
  /** File that Node runs. Default: the shipped bundle. */
  readonly program?: string;
  /** Default `ocm`. */
  readonly providerName?: string;
  /** Kubeconfig of the platform cluster. */
  readonly kubeconfigPath: string;
  /** Kubeconfig of the onboarding cluster. Default: the access of the provider. */
  readonly onboardingKubeconfigPath?: string;
  readonly logPath: string;
  readonly signal?: AbortSignal;
};

/** The command `dashboard`, as an operator would start it. */
export type DashboardProcess = SupervisedProcess & {
  /** Address of the page, with its token. */
  readonly address: string;
};

/** Starts the command `dashboard`, and returns once it has printed its address. */
export async function startDashboardProcess(options: DashboardOptions): Promise<DashboardProcess> {
  const { program = BUNDLE, providerName = "ocm", kubeconfigPath, onboardingKubeconfigPath, logPath, signal } = options;
  let address = "";
  const supervised = await startProcess({
    name: "the dashboard",
    path: process.execPath,
    args: [
      program,
      "dashboard",
      `--provider-name=${providerName}`,
      ...(onboardingKubeconfigPath === undefined ? [] : [`--onboarding-kubeconfig=${onboardingKubeconfigPath}`]),
    ],
    env: { KUBECONFIG: kubeconfigPath, POD_NAMESPACE: "openmcp-system" },
    logPath,
    isReady: async () => {
      address = /^http:\S+/mu.exec(await readFile(logPath, "utf8"))?.[0] ?? "";
      return address !== "";
    },
    ...(signal !== undefined && { signal }),
  });
  return { ...supervised, address };
}
