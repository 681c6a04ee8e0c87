import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import type { Clock } from "./clock.ts";
import { cachedCredentials, type Credential, type CredentialReading, type Credentials } from "./credentials.ts";
import { withDeadline } from "./deadline.ts";
import { Fields, KubeconfigError } from "./kubeconfig-document.ts";
import { isRecord, toJson } from "./json.ts";
import { bearer, certificatePair } from "./kubeconfig-entries.ts";

/** The environment, the folder and the cluster of a plugin. */
export type ExecContext = {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the kubeconfig, to which the path of a command is relative. */
  readonly folder: string;
  /** The cluster of the context, for a plugin that asks for it. */
  readonly cluster: Fields;
  /** Content of the file that the cluster names for its certificate authorities. */
  readonly caFile?: string | undefined;
  /** Headers that are sent beside the plugin's credential. */
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
 * Yields the credential of a credential plugin (`client.authentication.k8s.io`), and runs the plugin again when that
 * credential has expired or was rejected.
 *
 * No error quotes the arguments, the environment or the output of the plugin: they may be secrets.
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

/** Reads the `ExecCredential` that a plugin printed, which must be of the version that was asked for. */
function readExecAnswer(exec: Fields, apiVersion: string, output: string): CredentialReading {
  const answer = new Fields(`${exec.owner}: output of the plugin`, parse(exec, output));
  if ((answer.text("kind") ?? "ExecCredential") !== "ExecCredential" || answer.text("apiVersion") !== apiVersion) {
    throw answer.error("kind", `must be ExecCredential of ${apiVersion}`);
  }
  const status = answer.fields("status") ?? new Fields(`${answer.owner}: status`, {});
  const authorization = bearer(status, status.text("token"));
  const clientCertificate = readPair(status);
  if (authorization === undefined && clientCertificate === undefined) {
    throw status.error("token", "or clientCertificateData must be there: the plugin gave no credential");
  }
  const credential: Credential = {
    headers: { ...(authorization !== undefined && { authorization }) },
    ...(clientCertificate !== undefined && { clientCertificate }),
  };
  return { credential, validUntilMs: expiry(status) };
}

function readPair(status: Fields): Credential["clientCertificate"] {
  const cert = status.text("clientCertificateData");
  const key = status.text("clientKeyData");
  if (cert !== undefined && key !== undefined) {
    return certificatePair(status, ["clientCertificateData", "clientKeyData"], { cert, key });
  }
  if (cert !== key) {
    throw status.error("clientCertificateData", "and clientKeyData must be given together");
  }
  return undefined;
}

function expiry(status: Fields): number {
  const text = status.text("expirationTimestamp");
  const at = text === undefined ? Number.POSITIVE_INFINITY : Date.parse(text);
  if (Number.isNaN(at)) {
    throw status.error("expirationTimestamp", "must be an RFC 3339 time");
  }
  return at;
}

function parse(exec: Fields, output: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = load(output, { schema: CORE_SCHEMA, json: true });
  } catch {
    // The parser's own error quotes the text, which may be a secret.
  }
  if (!isRecord(parsed)) {
    throw exec.error("command", "printed something that is not JSON, or YAML, with an ExecCredential");
  }
  return parsed;
}

type PluginCommand = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
};

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1_000_000;

/** Runs a plugin and returns its output. */
async function runPlugin(exec: Fields, command: PluginCommand, clock: Clock): Promise<string> {
  const limits = { clock, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal };
  return withDeadline(limits, (signal) => {
    const { promise, resolve: succeed, reject: fail } = Promise.withResolvers<string>();
    const options = { env: command.env, maxBuffer: MAX_OUTPUT_BYTES, signal };
    const child = execFile(command.file, [...command.args], options, (error, stdout) => {
      if (error === null) {
        succeed(stdout);
      } else {
        fail(pluginError(exec, error.code));
      }
    });
    child.stdin?.end();
    return promise;
  }).catch((error: unknown) => {
    throw error instanceof KubeconfigError ? error : exec.error("command", `did not end within ${TIMEOUT_MS} ms`);
  });
}

function pluginError(exec: Fields, code: unknown): KubeconfigError {
  if (code === "ENOENT") {
    const hint = exec.text("installHint");
    return exec.error("command", `was not found${hint === undefined ? "" : `; ${hint}`}`);
  }
  return exec.error("command", typeof code === "number" ? `ended with exit code ${code}` : `failed: ${String(code)}`);
}
