import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { dump } from "js-yaml";

import { chartVersions } from "../ground/chart/versions.ts";
import type { ControlPlaneRef, Ground, GroundCluster } from "../ground/ground.ts";
import type { UnpackedImage } from "../ground/image/unpack-image.ts";
import type { NodeContainer } from "../ground/node/node-agent.ts";
import { readExamples } from "./examples.ts";
import { toolkitPlay } from "./play.ts";
import { likeExample } from "./tenants.ts";

/** A ground on which ServiceProviders are run. */
type OperatedGround = Ground & {
  /** The provider's containers that run now. */
  providers(): readonly NodeContainer[];
};

/** A platform on which nothing of this project is installed, with control planes that wait for their tenants. */
export type BarePlatform = {
  readonly ground: OperatedGround;
  readonly controlPlanes: readonly GroundCluster[];
  /** The README's ProviderConfig for charts that only this platform has, with their login. Absent: that of the README. */
  readonly settingsPath?: string;
  stop(): Promise<void>;
};

/** How to start one; everything has a default. */
export type BareOptions = {
  /** On real API servers instead of embedded ones. */
  readonly real?: boolean;
  /** How many control planes are ordered. Default: the one of the README. */
  readonly tenants?: number;
  /** The image that a ServiceProvider's containers run in. Default: none, they are processes of this machine. */
  readonly image?: UnpackedImage | undefined;
  readonly folder?: string;
  /** Leaves the folder behind. */
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
};

/** Where the toolkit's own chart lies: without a login, as everywhere. Only an embedded platform has it there. */
const PUBLIC_CHART = {
  url: "oci://ghcr.io/open-component-model/kubernetes/controller/chart",
  versions: chartVersions,
};

/**
 * Starts a platform that runs what its users apply: a ServiceProvider, once it is there, and nothing before.
 *
 * The control plane that the README's OCM names is there already, as a tenant would have ordered it.
 */
export async function startBarePlatform({ tenants = 1, ...options }: BareOptions = {}): Promise<BarePlatform> {
  const ground = await (options.real === true ? startReal(options) : startEmbedded(options));
  try {
    const planes = likeExample(readExamples(readFileSync("README.md", "utf8")).ocm, tenants);
    const controlPlanes = await Promise.all(
      planes.map(({ metadata: { name, namespace = "default" } }) => ground.orderControlPlane({ name, namespace })),
    );
    const settingsPath = ground.kind === "real" ? await writeSettings(ground) : undefined;
    return { ground, controlPlanes, ...(settingsPath !== undefined && { settingsPath }), stop: () => ground.stop() };
  } catch (error) {
    await ground.stop();
    throw error;
  }
}

/** The environment variable that names the kubeconfig of each cluster: `PLATFORM`, `ONBOARDING`, and `MCP_01` for mcp-01. */
export function kubeconfigVariables({ ground, controlPlanes }: BarePlatform): Readonly<Record<string, string>> {
  const clusters = [ground.platform, ground.onboarding, ...controlPlanes];
  return Object.fromEntries(clusters.map(({ name, kubeconfigPath }) => [variableOf({ name }), kubeconfigPath]));
}

function variableOf({ name }: Pick<ControlPlaneRef, "name">): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/gu, "_");
}

async function writeSettings({ folder, charts }: OperatedGround): Promise<string> {
  const path = join(folder, "provider-config.yaml");
  await writeFile(
    path,
    toolkitPlay(charts)
      .settings.map((object) => dump(object))
      .join("---\n"),
  );
  return path;
}

/** What a user reads once the platform runs. */
export function introduceBarePlatform(platform: BarePlatform): string {
  const { ground, settingsPath } = platform;
  const exports = Object.entries(kubeconfigVariables(platform)).map(([name, path]) => `export ${name}=${path}`);
  return [
    "",
    "A platform runs, and nothing is installed on it. The kubeconfig of each of its clusters, for another terminal:",
    "",
    ...exports,
    "",
    `What its pods say is in ${join(ground.folder, "logs")}.`,
    ...(settingsPath === undefined
      ? []
      : [`Its charts are in a registry of its own: in step 2 of the README, apply ${settingsPath} instead.`]),
    "",
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
}

async function startEmbedded({ folder, keep, image }: BareOptions): Promise<OperatedGround> {
  const { startOperatedGround } = await import("../ground/embedded/operated-ground.ts");
  return startOperatedGround({
    publicChart: PUBLIC_CHART,
    image,
    ...(folder !== undefined && { folder }),
    keep: keep === true,
  });
}

async function startReal({ folder, keep, image, signal, onProgress }: BareOptions): Promise<OperatedGround> {
  const { startPlatformGround } = await import("../ground/real/operator/platform-ground.ts");
  return startPlatformGround({
    isBare: true,
    image,
    ...(folder !== undefined && { folder }),
    ...(signal !== undefined && { signal }),
    ...(onProgress !== undefined && { onProgress }),
    keep: keep === true,
  });
}
