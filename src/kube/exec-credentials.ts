import { resolve } from "node:path";
import { cachedCredentials } from "./cached-credentials.ts";
import type { Clock } from "./clock.ts";
import type { Credential, Credentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { readExecAnswer } from "./exec-answer.ts";
import { type PluginCommand, runPlugin } from "./exec-plugin.ts";
import type { Fields } from "./fields.ts";
import { toJson } from "./json.ts";

/** Where a plugin runs. */
export type ExecContext = {
  readonly clock: Clock;
  readonly env: Environment;
  /** Of the kubeconfig: a command with a relative path lies below it. */
  readonly folder: string;
  /** The cluster of the context, for plugins that ask for it. */
  readonly cluster: Fields;
  /** Content of the file that the cluster has its authorities in. */
  readonly caFile?: string | undefined;
  /** Headers that go with whatever the plugin yields. */
  readonly impersonation?: Credential["headers"];
};

const API_VERSIONS: readonly string[] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const CLUSTER_FIELDS: readonly string[] = [
  "server",
  "tls-server-name",
  "insecure-skip-tls-verify",
  "certificate-authority-data",
  "proxy-url",
  "disable-compression",
];
const CONFIG_EXTENSION = "client.authentication.k8s.io/exec";

/**
 * Runs a credential plugin when its last credential has expired or was rejected.
 *
 * No error quotes what the plugin was given or printed: both may be secrets.
 */
export function execCredentials(exec: Fields, context: ExecContext): Credentials {
  const apiVersion = exec.text("apiVersion") ?? "";
  const command = exec.text("command");
  if (!API_VERSIONS.includes(apiVersion)) {
    throw exec.error("apiVersion", `must be ${API_VERSIONS.join(" or ")}`);
  }
  if (command === undefined) {
    throw exec.error("command", "is missing");
  }
  if (exec.text("interactiveMode") === "Always") {
    throw exec.error("interactiveMode", "must not be Always: there is no terminal");
  }
  const plugin = toCommand(exec, command, { ...context, apiVersion });
  return cachedCredentials(async () => {
    const { credential, validUntilMs } = readExecAnswer(exec, apiVersion, await runPlugin(exec, plugin, context.clock));
    const headers = { ...credential.headers, ...context.impersonation };
    return { credential: { ...credential, headers }, validUntilMs };
  }, context.clock);
}

function toCommand(
  exec: Fields,
  command: string,
  context: ExecContext & { readonly apiVersion: string },
): PluginCommand {
  const { apiVersion, env, folder } = context;
  const info = toJson({ apiVersion, kind: "ExecCredential", spec: execSpec(exec, context) });
  const variables = exec
    .list("env")
    .map((entry): [string, string] => [entry.text("name") ?? "", entry.text("value") ?? ""]);
  return {
    file: /[/\\]/.test(command) ? resolve(folder, command) : command,
    args: exec.texts("args"),
    env: { ...env, ...Object.fromEntries(variables), KUBERNETES_EXEC_INFO: info },
  };
}

function execSpec(exec: Fields, { cluster, caFile }: ExecContext): Readonly<Record<string, unknown>> {
  if (!exec.isOn("provideClusterInfo")) {
    return { interactive: false };
  }
  const info = Object.fromEntries(
    CLUSTER_FIELDS.flatMap((field) => (cluster.has(field) ? [[field, cluster.value(field)]] : [])),
  );
  const extension = cluster.list("extensions").find((entry) => entry.text("name") === CONFIG_EXTENSION);
  const authorities =
    caFile === undefined ? {} : { "certificate-authority-data": Buffer.from(caFile).toString("base64") };
  return { interactive: false, cluster: { ...info, ...authorities, config: extension?.value("extension") } };
}
