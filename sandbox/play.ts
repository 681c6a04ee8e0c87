import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { loadAll } from "js-yaml";

import type { ChartSource } from "../ground/ground.ts";
import type { Obj } from "../sim/object.ts";
import type { KindRef } from "../sim/resource-paths.ts";
import { readExamples, withSpec } from "./examples.ts";

/** What is played: a provider, the objects that people give it, and where its work is seen. */
export type Play = {
  /** The provider's program. Default: the shipped bundle. */
  readonly program?: string;
  readonly providerName: string;
  /** What a tenant asks for; its spec is one of `steps`. */
  readonly object: Obj;
  /** Where `object` is from, for the reader. */
  readonly origin: string;
  /** What a tenant asks for at first, and what then. */
  readonly steps: readonly [Step, Step];
  /** What the operator sets up on the platform. */
  readonly settings: readonly Obj[];
  /** Kinds that the provider works with on the platform, beside requests for access. */
  readonly platformKinds: readonly KindRef[];
  /** The last of the kinds on the platform that an installation begins with. */
  readonly milestone?: string;
  readonly controlPlaneKinds: readonly KindRef[];
  readonly isOfProvider: (object: Obj) => boolean;
  /** Kind that has to be there, and done, on the control plane of a tenant who is Ready. */
  readonly proof: string;
};

/** One spec of a tenant's object, and words for it. */
export type Step = { readonly told: string; readonly change: string; readonly spec: Readonly<Record<string, unknown>> };

const PROVIDER_NAMESPACE = "openmcp-system";
const SECRET: KindRef = { apiVersion: "v1", kind: "Secret" };

/** Plays the provider of this repository with the objects of its README, and the ground's registry in their place. */
export function toolkitPlay({ chartURL, dockerConfigJson, versions }: ChartSource): Play {
  const { ocm: object, providerConfig } = readExamples(readFileSync("README.md", "utf8"));
  const pullSecret = { name: pullSecretName(providerConfig["spec"]) };
  const step = (index: 0 | 1): Step => {
    const version = versions[index];
    if (version === undefined) {
      throw new Error(`expected at least ${index + 1} chart versions, found ${versions.length}`);
    }
    return { told: `version ${version}`, change: `upgrading to version ${version}`, spec: { version } };
  };
  return {
    providerName: "ocm",
    object,
    origin: "the README",
    steps: [step(0), step(1)],
    settings: [
      {
        ...SECRET,
        metadata: { ...pullSecret, namespace: PROVIDER_NAMESPACE },
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": dockerConfigJson },
      },
      withSpec(providerConfig, {
        chartURL,
        imagePullSecret: pullSecret,
        versions: versions.map((version) => ({ version })),
      }),
    ],
    platformKinds: [
      SECRET,
      { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository" },
      { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" },
    ],
    milestone: "HelmRelease",
    controlPlaneKinds: [SECRET, { apiVersion: "apps/v1", kind: "Deployment" }],
    isOfProvider: ({ metadata }) => metadata.namespace === "ocm-k8s-toolkit-system",
    proof: "Deployment",
  };
}

/**
 * Plays the provider `<folder>/<name of the folder>.ts` with the objects in `<folder>/objects.yaml`: the ProviderConfig,
 * the object of a tenant as it is at first, and as it is then.
 */
export function folderPlay(folder: string): Play {
  const objects = loadAll(readFileSync(join(folder, "objects.yaml"), "utf8")) as readonly Obj[];
  const [first, second] = objects.filter(({ kind }) => kind !== "ProviderConfig");
  const config = objects.find(({ kind }) => kind === "ProviderConfig");
  if (first === undefined || second === undefined || config === undefined) {
    throw new Error(`expected a ProviderConfig and two states of a tenant's object in ${folder}/objects.yaml`);
  }
  const [group] = first.apiVersion.split("/");
  return {
    program: join(folder, `${basename(folder)}.ts`),
    providerName: config.metadata.name,
    object: first,
    origin: folder,
    steps: [stepOf(first), stepOf(second)],
    settings: [config],
    platformKinds: [],
    controlPlaneKinds: [{ apiVersion: "v1", kind: "ConfigMap" }, SECRET],
    isOfProvider: ({ metadata }) => metadata.labels?.["openmcp.cloud/managed-by"] === group,
    proof: "ConfigMap",
  };
}

function stepOf(object: Obj): Step {
  const told = JSON.stringify(object["spec"]);
  return { told, change: `changing to ${told}`, spec: object["spec"] as Step["spec"] };
}

function pullSecretName(spec: unknown): string {
  const { imagePullSecret } = spec as { readonly imagePullSecret?: { readonly name: string } };
  return imagePullSecret?.name ?? "chart-registry";
}
