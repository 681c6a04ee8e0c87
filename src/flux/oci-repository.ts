import type { Condition, KubeObject, ObjectMeta } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

/** Flux `OCIRepository` (source.toolkit.fluxcd.io/v1): the fields this provider sets or reads. */
export type OCIRepository = KubeObject & {
  readonly spec?: OCIRepositorySpec;
  readonly status?: OCIRepositoryStatus;
};

/** What this provider asks of an OCIRepository. */
export type OCIRepositorySpec = {
  readonly url: string;
  readonly ref: { readonly tag: string } | { readonly digest: string };
  readonly interval: string;
  readonly timeout?: string;
  readonly layerSelector?: { readonly mediaType: string; readonly operation: "copy" | "extract" };
  readonly secretRef?: { readonly name: string };
  readonly suspend?: boolean;
};

/** What the source-controller says about an OCIRepository. */
export type OCIRepositoryStatus = {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  /** `revision` is `<tag>@sha256:<manifest>`, or the bare digest when the source names one. */
  readonly artifact?: { readonly revision?: string; readonly digest?: string };
};

/** The resource of `OCIRepository`. */
export const ociRepositories: Resource<OCIRepository> = {
  group: "source.toolkit.fluxcd.io",
  version: "v1",
  kind: "OCIRepository",
  plural: "ocirepositories",
  namespaced: true,
};

/** Where a chart lies and how often to look. */
export type ChartLocation = {
  /** `oci://…` without tag. */
  readonly url: string;
  readonly ref: { readonly tag: string } | { readonly digest: string };
  /** Go duration. */
  readonly interval: string;
  /** Name of a dockerconfigjson Secret in the same namespace. */
  readonly secretName?: string;
};

/** Builds the OCIRepository that fetches one Helm chart. */
export function buildOCIRepository(metadata: ObjectMeta, chart: ChartLocation): OCIRepository {
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "OCIRepository",
    metadata,
    spec: {
      url: chart.url,
      ref: chart.ref,
      interval: chart.interval,
      timeout: "60s",
      layerSelector: { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" },
      ...(chart.secretName !== undefined && { secretRef: { name: chart.secretName } }),
    },
  };
}
