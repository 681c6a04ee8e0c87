/** The kind of a chart's source. */
export const ociRepositoryType = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository" } as const;

/** The kind of a release. */
export const helmReleaseType = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" } as const;

/** Finalizer of both kinds. */
export const FLUX_FINALIZER = "finalizers.fluxcd.io";

/** Annotation that asks for a reconcile at once. */
export const REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";
