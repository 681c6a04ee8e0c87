import { OCM_GROUP } from "./api/group.ts";

type Annotation = "version" | "inputs" | "takeover" | "unseenRelease" | "toolkitSecrets" | "caBundle";

/** Every annotation of this provider. Unless it says otherwise, a tenant's OCIRepository carries it. */
export const ANNOTATIONS: Readonly<Record<Annotation, string>> = {
  /** The version that the tenant has asked for, where the reference of the OCIRepository does not tell it. */
  version: `${OCM_GROUP}/version`,

  /** On OCIRepository and HelmRelease: revision of the settings when Flux began its last series of attempts. */
  inputs: `${OCM_GROUP}/inputs`,

  /**
   * A Helm release changes hands, or Flux may let go of the HelmRelease without uninstalling.
   *
   * It is set before the old HelmRelease is suspended and removed when Flux has found the Helm release under the new one:
   * in between neither object alone tells that the control plane has a release. It is also set before the access goes
   * with which Flux is about to uninstall: without access, Flux lets go of the HelmRelease and leaves the Helm release
   * behind.
   */
  takeover: `${OCM_GROUP}/takeover`,

  /**
   * The control plane may have a Helm release that Flux has never reported.
   *
   * It is set when the HelmRelease is deleted before Flux has reported that an installation began, or when Flux cannot
   * uninstall since the control plane is gone. If the helm-controller is killed in its first attempt, it lets go of the
   * HelmRelease without uninstalling anything (seen in 1.6): then only a look at the control plane tells.
   */
  unseenRelease: `${OCM_GROUP}/unseen-release`,

  /**
   * The target may have Secrets of ours beside the toolkit's pods.
   *
   * It is set before the first Secret is written and removed after the last one is deleted, so that a restarted process
   * finds them, and tenants without such Secrets cost no connection to the target.
   */
  toolkitSecrets: `${OCM_GROUP}/toolkit-secrets`,

  /** On the toolkit's pods: digest of the CA bundle, so that they restart when the bundle changes. */
  caBundle: `${OCM_GROUP}/ca-bundle`,
};
