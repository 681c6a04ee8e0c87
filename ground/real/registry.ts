import { randomBytes, type KeyObject } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packChart } from "../chart/pack-chart.ts";
import { chartVersions } from "../chart/versions.ts";
import type { PackedChart } from "../chart/pack-chart.ts";
import { pushChart } from "../chart/push-chart.ts";
import { pushSignature } from "../chart/push-signature.ts";
import type { ChartSource } from "../ground.ts";
import { admitUser } from "./admit-user.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { freePort } from "../free-ports.ts";
import { httpStatus } from "../http-status.ts";
import { type OwnRestartableProcess, type RestartableProcess, startRestartable } from "./restartable-process.ts";
import type { ProcessOptions } from "../supervised-process.ts";

/** A private OCI registry on loopback, spoken to over plain HTTP, with the ground's chart in all its versions. */
export type Registry = Pick<RestartableProcess, "stop" | "kill" | "restart"> & RegistryContent;

/** One that this process has started. */
export type OwnRegistry = Registry & {
  readonly address: RegistryAddress;
  /** Folder in which it keeps what is in it, and who may use it. */
  readonly dataFolder: string;
} & Pick<OwnRestartableProcess, "isRunning">;

/** Where a registry is, and who may write into it. */
export type RegistryAddress = {
  readonly host: string;
  readonly password: string;
  /** File of those who may use it. */
  readonly usersPath: string;
};

/** What can be had from a registry, and brought to it. */
export type RegistryContent = {
  readonly charts: ChartSource;
  /** Publishes a chart under a tag, which moves when it exists, and tells the digest of its manifest. */
  publish(tag: string, chart: PackedChart): Promise<string>;
  /** Signs what a tag names, as cosign does with a key. */
  sign(tag: string, privateKey: KeyObject): Promise<void>;
  /** Lets a user in, one it knows with a new password only, and tells the `.dockerconfigjson` for it. */
  admit(username: string): Promise<string>;
};

const REPOSITORY = "controller/chart";
const USERNAME = "puller";

/** Starts the registry with its data in `folder` and fills it. */
export async function startRegistry(options: {
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}): Promise<OwnRegistry> {
  const { registry: path } = await ensureBinaries(["registry"], options);
  const host = `127.0.0.1:${await freePort()}`;
  const folder = join(options.folder, "registry");
  const dataFolder = join(folder, "data");
  await mkdir(dataFolder, { recursive: true });
  const usersPath = join(dataFolder, "users");
  const configPath = join(folder, "config.json");
  await writeFile(usersPath, "", { mode: 0o600 });
  const password = await admitUser(usersPath, USERNAME);
  await writeFile(configPath, registryConfig({ host, usersPath, dataFolder }));
  const logPath = join(options.folder, "logs", "registry.log");
  const { signal } = options;
  const running = await startServing({
    path,
    configPath,
    host,
    logPath,
    ...(signal !== undefined && { signal }),
  });
  const address = { host, password, usersPath };
  const content = registryAt(address);
  try {
    await Promise.all(chartVersions.map(async (version) => content.publish(version, await packChart(version))));
  } catch (error) {
    await running.stop();
    throw error;
  }
  return {
    ...content,
    address,
    dataFolder,
    ...running,
  };
}

/** Reaches the content of a registry that runs. */
export function registryAt({ host, password, usersPath }: RegistryAddress): RegistryContent {
  const target = { registryURL: `http://${host}`, repository: REPOSITORY, username: USERNAME, password };
  return {
    charts: chartSource(host, password),
    publish: (tag, chart) => pushChart({ ...target, tag }, chart),
    sign: (tag, privateKey) => pushSignature({ ...target, tag }, privateKey),
    admit: async (username) => dockerConfigJson(host, { username, password: await admitUser(usersPath, username) }),
  };
}

function startServing({
  path,
  configPath,
  host,
  ...options
}: Pick<ProcessOptions, "path" | "logPath" | "signal"> & {
  readonly configPath: string;
  readonly host: string;
}): Promise<OwnRestartableProcess> {
  return startRestartable({
    ...options,
    name: "registry",
    path,
    args: ["serve", configPath],
    // Tracing is on by default and looks for a collector.
    env: { OTEL_TRACES_EXPORTER: "none" },
    isReady: async (signal) => (await httpStatus(`http://${host}/v2/`, { signal })) === 401,
  });
}

/** Configuration of a registry that lets nobody in without a password, as YAML (of which JSON is a part). */
export function registryConfig(options: {
  readonly host: string;
  readonly usersPath: string;
  readonly dataFolder: string;
}): string {
  return JSON.stringify({
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: options.dataFolder }, delete: { enabled: true } },
    auth: { htpasswd: { realm: "ground", path: options.usersPath } },
    http: { addr: options.host, secret: randomBytes(16).toString("hex") },
  });
}

function chartSource(host: string, password: string): ChartSource {
  return {
    chartURL: `oci://${host}/${REPOSITORY}`,
    versions: chartVersions,
    dockerConfigJson: dockerConfigJson(host, { username: USERNAME, password }),
    wrongDockerConfigJson: dockerConfigJson(host, { username: USERNAME, password: `not-${password}` }),
  };
}

type Login = { readonly username: string; readonly password: string };

function dockerConfigJson(host: string, { username, password }: Login): string {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [host]: { username, password, auth } } });
}
