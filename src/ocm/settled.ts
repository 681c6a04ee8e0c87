import { type HelmRelease, helmReleases } from "../flux/helm-release.ts";
import { type OCIRepository, ociRepositories } from "../flux/oci-repository.ts";
import { manifestDigest, readRelease, readSource } from "../flux/readiness.ts";
import type { Condition, KubeObject } from "../kube/object.ts";
import type { Find } from "../openmcp/service/rehearsal-hints.ts";
import type { ServiceObject } from "../openmcp/service/status.ts";
import { findCondition } from "../runtime/conditions.ts";
import type { ReasonOf } from "./reasons.ts";

const NO_DIGEST = `sha256:${"0".repeat(64)}`;

/** Returns an object of Flux as Flux leaves it when the chart is found and installs. Pure. */
export function settled(object: KubeObject, find: Find): KubeObject {
  switch (object.kind) {
    case ociRepositories.kind:
      return readSource(object).state === "progressing" ? fetched(object) : object;
    case helmReleases.kind: {
      const release: HelmRelease = object;
      const { namespace = "" } = release.metadata;
      const source = find(ociRepositories, { namespace, name: release.spec?.chartRef.name ?? "" });
      return readRelease(release, source).state === "progressing" && readSource(source).state === "ready"
        ? installed(release, manifestDigest(source) ?? NO_DIGEST)
        : object;
    }
    default:
      return object;
  }
}

function fetched(source: OCIRepository): OCIRepository {
  const { tag, digest } = { tag: undefined, digest: NO_DIGEST, ...source.spec?.ref };
  const revision = tag === undefined ? digest : `${tag}@${digest}`;
  return { ...source, status: { ...source.status, ...readyAt(source), artifact: { revision, digest } } };
}

function installed(release: HelmRelease, digest: string): HelmRelease {
  const chartVersion = `0.0.0+${digest.replace("sha256:", "").slice(0, 12)}`;
  return {
    ...release,
    status: {
      ...readyAt(release),
      lastAttemptedRevision: chartVersion,
      lastAttemptedRevisionDigest: digest,
      history: [{ status: "deployed", chartVersion, ociDigest: digest, version: 1 }],
    },
  };
}

function readyAt({ metadata: { generation: observedGeneration = 1 } }: KubeObject): {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
} {
  const words = { status: "True", reason: "Succeeded", message: "", lastTransitionTime: "" } as const;
  return { observedGeneration, conditions: [{ type: "Ready", observedGeneration, ...words }] };
}

/** Whether the status says that the cluster of an installation does not answer. */
export function isSilent({ status }: ServiceObject): boolean {
  const unreachable: ReasonOf<"ReleaseReady"> = "ClusterUnreachable";
  return findCondition(status?.conditions, "ReleaseReady")?.reason === unreachable;
}

/** Returns the Helm values of a HelmRelease; undefined for any other object, and without values. */
export function valuesOf(object: KubeObject): Readonly<Record<string, unknown>> | undefined {
  const { spec }: HelmRelease = object;
  return object.kind === helmReleases.kind ? spec?.values : undefined;
}
