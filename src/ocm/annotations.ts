import { INSTALLATION_MARK } from "./api/group.ts";

type Annotation = "version" | "installedOn" | "firstAccess" | "retried" | "caBundle";

/** Every annotation of this provider. Unless it says otherwise, a tenant's OCIRepository carries it. */
export const ANNOTATIONS: Readonly<Record<Annotation, string>> = {
  /** The name of the offer that the tenant asks for, if the reference of the OCIRepository names another one. */
  version: `${INSTALLATION_MARK}/version`,

  /**
   * The cluster, `mcp` or `workload`, that may have a Helm release or a Secret of ours. The annotation is applied.
   *
   * The provider deletes an OCIRepository with this annotation only after a look at the cluster has found neither, unless
   * the tenant never had access to the cluster.
   */
  installedOn: `${INSTALLATION_MARK}/installed-on`,

  /**
   * On an AccessRequest: nothing of ours was on the cluster when the access was requested, and nobody had access before.
   * Whatever else is requested for the tenant later does without the annotation.
   */
  firstAccess: `${INSTALLATION_MARK}/first-access`,

  /** On OCIRepository and HelmRelease: the revision of the settings for which Flux began its latest attempts. */
  retried: `${INSTALLATION_MARK}/retried`,

  /** On the toolkit's pods: the digest of the CA bundle, so that the pods restart when the bundle changes. */
  caBundle: `${INSTALLATION_MARK}/ca-bundle`,
};

/** Annotations of an OCIRepository by which earlier versions of this provider marked that the target may have objects of ours. */
export const EARLIER_MARKS: readonly string[] = ["takeover", "unseen-release", "toolkit-secrets"].map(
  (mark) => `${INSTALLATION_MARK}/${mark}`,
);

/** The annotation that earlier versions of this provider had in place of `retried`. */
export const EARLIER_REVISION: string = `${INSTALLATION_MARK}/inputs`;
