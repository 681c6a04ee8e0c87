import { isDeepStrictEqual } from "node:util";

import type { Condition, KubeObject, ObjectMeta } from "../kube/object.ts";
import type { ContentShape, Resource } from "../kube/resource.ts";

/** Flux `OCIRepository` (source.toolkit.fluxcd.io/v1): the fields this provider sets or reads. */
export type OCIRepository = KubeObject & {
  readonly spec?: OCIRepositorySpec;
  readonly status?: OCIRepositoryStatus;
};

/** Which version is fetched. Of all tags that meet a `semver` constraint, that is the newest. */
type OCIReference = { readonly tag: string } | { readonly digest: string } | { readonly semver: string };

/** `spec` of an OCIRepository. */
export type OCIRepositorySpec = {
  readonly url: string;
  readonly ref: OCIReference;
  readonly interval: string;
  readonly timeout?: string;
  readonly layerSelector?: { readonly mediaType: string; readonly operation: "copy" | "extract" };
  readonly secretRef?: { readonly name: string };
  readonly certSecretRef?: { readonly name: string };
  readonly proxySecretRef?: { readonly name: string };
  readonly verify?: {
    readonly provider: ChartVerification["provider"];
    readonly secretRef?: { readonly name: string };
    readonly matchOIDCIdentity?: readonly OIDCIdentity[];
  };
  readonly suspend?: boolean;
};

/** `status` of an OCIRepository. */
export type OCIRepositoryStatus = {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  /** The annotation `reconcile.fluxcd.io/requestedAt` that the latest reconcile has met, whether it succeeded or failed. */
  readonly lastHandledReconcileAt?: string;
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
  kept: {
    spec: true,
    status: {
      observedGeneration: true,
      conditions: true,
      lastHandledReconcileAt: true,
      artifact: { revision: true, digest: true },
    },
  } satisfies ContentShape<OCIRepository>,
};

/** Regular expressions that a keyless signature must match. */
export type OIDCIdentity = { readonly issuer: string; readonly subject: string };

/** How the signature of a chart is verified. */
export type ChartVerification = {
  readonly provider: "cosign" | "notation";
  /** Name of a Secret with the trusted keys. */
  readonly secretName?: string;
  readonly matchOIDCIdentity?: readonly OIDCIdentity[];
};

/** A chart in a registry, and how Flux fetches it. All Secrets are in the namespace of the OCIRepository. */
export type ChartLocation = {
  /** `oci://…` without tag. */
  readonly url: string;
  readonly ref: OCIReference;
  /** Go duration. */
  readonly interval: string;
  /** Name of a dockerconfigjson Secret. */
  readonly secretName?: string;
  /** Name of a Secret with the registry's certificate authority under `ca.crt`. */
  readonly certSecretName?: string;
  /** Name of a Secret with the `address` of a proxy. */
  readonly proxySecretName?: string;
  readonly verify?: ChartVerification;
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
      ...(chart.certSecretName !== undefined && { certSecretRef: { name: chart.certSecretName } }),
      ...(chart.proxySecretName !== undefined && { proxySecretRef: { name: chart.proxySecretName } }),
      ...(chart.verify !== undefined && { verify: buildVerify(chart.verify) }),
    },
  };
}

/** Whether two OCIRepositories fetch the same chart, in whatever way. */
export function isSameChart({ spec: one }: OCIRepository, { spec: other }: OCIRepository): boolean {
  return one?.url === other?.url && isDeepStrictEqual(one?.ref, other?.ref);
}

function buildVerify({
  provider,
  secretName,
  matchOIDCIdentity,
}: ChartVerification): NonNullable<OCIRepositorySpec["verify"]> {
  return {
    provider,
    ...(secretName !== undefined && { secretRef: { name: secretName } }),
    ...(matchOIDCIdentity !== undefined && { matchOIDCIdentity }),
  };
}
