import type { Obj } from "../../sim/object.ts";
import type { LeanClient } from "./lean-client.ts";
import { ACCESS_SECRET, type ServiceGroup } from "./tenants.ts";

// What the platform and Flux answer, with as few writes as the provider can tell from the real ones. What they would do
// for their own sake (Clusters, tokens, Helm's records, charts) is left out.

type FluxObj = Obj & { readonly spec?: FluxSpec; readonly status?: { readonly observedGeneration?: number } };
type FluxSpec = { readonly url?: string; readonly ref?: { readonly tag?: string; readonly digest?: string } };

/** How long after its last change a HelmRelease is Ready. */
const RELEASE_MS = 300;
const SOURCE_MS = 100;
const DIGEST = "ab".repeat(32);
const VERSION = "0.4.0";
const REVISION = `${VERSION}@sha256:${DIGEST}`;
const CHART_VERSION = `${VERSION}+${DIGEST.slice(0, 12)}`;
const FLUX_FINALIZER = "finalizers.fluxcd.io";

const clusters: ServiceGroup = "clusters.openmcp.cloud/v1alpha1";

/** Grants every request at once; the Secret with the kubeconfig is there already. */
export async function playPlatform(platform: LeanClient): Promise<void> {
  await platform.follow<FluxObj>(`/apis/${clusters}/clusterrequests`, ({ type, object }) => {
    if (type !== "DELETED" && isNews(object) && object.metadata.deletionTimestamp === undefined) {
      const cluster = { name: "shared", namespace: object.metadata.namespace };
      void grant(platform, "clusterrequests", object, { cluster });
    }
  });
  await platform.follow<FluxObj>(`/apis/${clusters}/accessrequests`, ({ type, object }) => {
    if (type !== "DELETED" && isNews(object) && object.metadata.deletionTimestamp === undefined) {
      void grant(platform, "accessrequests", object, { conditions: [], secretRef: { name: ACCESS_SECRET } });
    }
  });
}

function isNews({ metadata, status }: FluxObj): boolean {
  return status?.observedGeneration !== metadata.generation;
}

function grant(platform: LeanClient, plural: string, { metadata }: Obj, more: object): Promise<void> {
  const status = { phase: "Granted", observedGeneration: metadata.generation, ...more };
  return platform.merge(`/apis/${clusters}/namespaces/${metadata.namespace}/${plural}/${metadata.name}/status`, {
    status,
  });
}

/** Finds each chart, and has each release Ready after a while; a release has a finalizer, as Flux's have. */
export async function playFlux(platform: LeanClient): Promise<void> {
  const sources = "/apis/source.toolkit.fluxcd.io/v1";
  const releases = "/apis/helm.toolkit.fluxcd.io/v2";
  const generations = new Map<string, number>();
  await platform.follow<FluxObj>(`${sources}/ocirepositories`, ({ type, object }) => {
    if (type !== "DELETED" && isNews(object) && isNewGeneration(generations, object)) {
      setTimeout(() => {
        void platform.merge(`${pathOf(sources, "ocirepositories", object)}/status`, { status: fetched(object) });
      }, SOURCE_MS);
    }
  });
  await platform.follow<FluxObj>(`${releases}/helmreleases`, ({ type, object }) => {
    const path = pathOf(releases, "helmreleases", object);
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (type === "DELETED") {
      generations.delete(object.metadata.uid ?? "");
    } else if (deletionTimestamp !== undefined) {
      if (finalizers.includes(FLUX_FINALIZER)) {
        void platform.merge(path, { metadata: { finalizers: null } });
      }
    } else if (isNews(object) && isNewGeneration(generations, object)) {
      if (!finalizers.includes(FLUX_FINALIZER)) {
        void platform.merge(path, { metadata: { finalizers: [FLUX_FINALIZER] } });
      }
      setTimeout(() => void platform.merge(`${path}/status`, { status: released(object) }), RELEASE_MS);
    }
  });
}

function pathOf(group: string, plural: string, { metadata }: Obj): string {
  return `${group}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;
}

function isNewGeneration(known: Map<string, number>, { metadata: { uid = "", generation = 0 } }: Obj): boolean {
  const isNew = known.get(uid) !== generation;
  known.set(uid, generation);
  return isNew;
}

function fetched(object: FluxObj): object {
  const tag = object.spec?.ref?.tag ?? VERSION;
  const revision = `${tag}@${object.spec?.ref?.digest ?? `sha256:${DIGEST}`}`;
  const message = `stored artifact for digest '${revision}'`;
  const url = `http://source-controller/${object.metadata.namespace}/${object.metadata.name}.tar.gz`;
  const artifact = { digest: `sha256:${DIGEST}`, lastUpdateTime: now(), path: "chart.tar.gz", revision, size: 1, url };
  return {
    observedGeneration: object.metadata.generation,
    artifact,
    url,
    conditions: [
      condition(object, { type: "Ready", reason: "Succeeded", message }),
      condition(object, { type: "ArtifactInStorage", reason: "Succeeded", message }),
    ],
  };
}

function released(object: FluxObj): object {
  const { generation, namespace } = object.metadata;
  const message = `Helm install succeeded for release ocm-k8s-toolkit-system/ocm-k8s-toolkit.v1 with chart chart@${CHART_VERSION}`;
  return {
    observedGeneration: generation,
    lastAttemptedGeneration: generation,
    lastAttemptedRevision: CHART_VERSION,
    lastAttemptedRevisionDigest: `sha256:${DIGEST}`,
    lastAttemptedReleaseAction: "install",
    storageNamespace: "ocm-k8s-toolkit-system",
    helmChart: `${namespace}/chart`,
    history: [
      {
        chartName: "chart",
        chartVersion: CHART_VERSION,
        appVersion: "0.1.0",
        configDigest: `sha256:${DIGEST}`,
        digest: `sha256:${DIGEST}`,
        firstDeployed: now(),
        lastDeployed: now(),
        name: "ocm-k8s-toolkit",
        namespace: "ocm-k8s-toolkit-system",
        ociDigest: REVISION.slice(VERSION.length + 1),
        status: "deployed",
        version: 1,
      },
    ],
    conditions: [
      condition(object, { type: "Ready", reason: "InstallSucceeded", message }),
      condition(object, { type: "Released", reason: "InstallSucceeded", message }),
    ],
  };
}

function condition({ metadata }: Obj, said: Readonly<Record<"type" | "reason" | "message", string>>): object {
  return { ...said, status: "True", observedGeneration: metadata.generation, lastTransitionTime: now() };
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/u, "Z");
}
