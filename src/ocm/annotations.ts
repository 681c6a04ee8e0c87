import { OCM_GROUP } from "./api/group.ts";

type Annotation = "version" | "installedOn" | "retried" | "caBundle";

/** Every annotation of this provider. Unless it says otherwise, a tenant's OCIRepository carries it. */
export const ANNOTATIONS: Readonly<Record<Annotation, string>> = {
  /** The version that the tenant has asked for, where the reference of the OCIRepository does not tell it. */
  version: `${OCM_GROUP}/version`,

  /**
   * Part of what is applied: the cluster on which there may be a Helm release or a Secret of ours, `mcp` or `workload`.
   *
   * An OCIRepository with this annotation is deleted only after a look at that cluster has found neither.
   */
  installedOn: `${OCM_GROUP}/installed-on`,

  /** On OCIRepository and HelmRelease: revision of the settings for which Flux was last asked to try once more. */
  retried: `${OCM_GROUP}/retried`,

  /** On the toolkit's pods: digest of the CA bundle, so that they restart when the bundle changes. */
  caBundle: `${OCM_GROUP}/ca-bundle`,
};

/** Annotations by which earlier versions of this provider noted on an OCIRepository what may be on the target. */
export const EARLIER_MARKS: readonly string[] = ["takeover", "unseen-release", "toolkit-secrets"].map(
  (mark) => `${OCM_GROUP}/${mark}`,
);
