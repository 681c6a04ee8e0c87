// Generated from crds/*.yaml by `npm run generate`; do not edit.

/**
 * What the provider installs. A change upgrades the installation in place.
 */
export interface OCMSpec {
  /**
   * Version of the toolkit: one of those that `kubectl get ocmoffers` lists, with or without a v in front of a number. Where nothing is listed, an OCI tag of the chart such as 0.4.0, optionally pinned with @sha256:<manifest digest>.
   */
  version: string;
}

/**
 * State of the installation, written by the provider. A new object has the generation -1 until the provider has seen it, so that no tool takes the object for ready.
 */
export interface OCMStatus {
  /**
   * Generation of the spec that this status describes.
   */
  observedGeneration: number;
  /**
   * Ready when the requested version runs, Terminating while the object is being deleted, otherwise Progressing.
   */
  phase: "Ready" | "Progressing" | "Terminating";
  /**
   * Chart version that runs on the control plane now, whatever version is requested.
   */
  installedVersion?: string;
  /**
   * Conditions of the installation. Ready comes first and sums up the others.
   *
   * Items: One condition, in the common form of Kubernetes conditions.
   */
  conditions?: {
    /**
     * When the status of the condition last changed.
     */
    lastTransitionTime: string;
    /**
     * What the condition waits for, or what somebody has to correct, in one line.
     */
    message: string;
    /**
     * Generation of the spec that the condition describes.
     */
    observedGeneration?: number;
    /**
     * Why the condition has its status, in one word for programs.
     */
    reason: string;
    /**
     * True, False or Unknown.
     */
    status: "True" | "False" | "Unknown";
    /**
     * What the condition is about. No two conditions of an object have the same type.
     */
    type: string;
  }[];
  /**
   * Objects of the installation on the platform cluster and on the control plane.
   *
   * Items: One object of the installation.
   */
  resources?: {
    /**
     * API group of the object; absent for the core group.
     */
    apiGroup?: string;
    /**
     * Kind of the object.
     */
    kind: string;
    /**
     * Name of the object.
     */
    name: string;
    /**
     * Namespace of the object; absent for a cluster-scoped object.
     */
    namespace?: string;
    /**
     * State of the object, one of Ready, Progressing, Terminating and Failed.
     */
    phase: string;
    /**
     * What is wrong with the object; absent unless it has failed.
     */
    message?: string;
    /**
     * Cluster of the object, PlatformCluster or ManagedControlPlane.
     */
    location?: string;
  }[];
}

/**
 * The settings. A change reaches every tenant that it concerns; while a field is wrong, the last valid settings stay in force.
 */
export interface ProviderConfigSpec {
  /**
   * OCI URL of the Helm chart, without tag and digest. oci:// is added when it is missing.
   */
  chartURL?: string;
  /**
   * How often the provider checks every tenant again without an event, as a Go duration; from 1s to 720h.
   */
  pollInterval?: string;
  /**
   * Secret of type kubernetes.io/dockerconfigjson in the provider's namespace with the login of the chart's registry. The provider copies it into each tenant namespace, where Flux pulls the chart.
   */
  imagePullSecret?: {
    /**
     * Name of the Secret.
     */
    name: string;
  };
  /**
   * Helm values of the chart. The HelmRelease gets them unchanged.
   */
  values?: {
    [k: string]: unknown;
  };
  /**
   * Keys of the shards among which tenants are distributed. A tenant whose object or whose namespace has the label sharding.fluxcd.io/key belongs to the shard that the label names instead. Each key needs a process of the provider, and controllers of Flux, with --watch-label-selector=sharding.fluxcd.io/key=<key>. One key more moves an equal part of each shard's tenants.
   *
   * @maxItems 64
   *
   * Items: Key of a shard, a label value.
   */
  shards?: string[];
  /**
   * Where the toolkit of a tenant is installed: ManagedControlPlane, which is the default, is the tenant's control plane; Workload is a workload cluster that the provider requests for the tenant. An existing installation does not move.
   */
  targetCluster?: "ManagedControlPlane" | "Workload";
  /**
   * ConfigMap or Secret in the provider's namespace with additional certificate authorities in PEM. Flux trusts them when it pulls the chart, and so do the toolkit's pods.
   */
  caBundleRef?: {
    /**
     * Kind of the object; ConfigMap when it is absent.
     */
    kind?: "ConfigMap" | "Secret";
    /**
     * Name of the object.
     */
    name: string;
    /**
     * Key of the certificates in the object's data.
     */
    key?: string;
  };
  /**
   * How Flux verifies the chart's signature before anything of it is installed.
   */
  verify?: {
    /**
     * Tool that has signed the chart.
     */
    provider: "cosign" | "notation";
    /**
     * Secret in the provider's namespace with the trusted public keys: *.pub for cosign, trustpolicy.json and *.crt or *.pem for notation. Without it cosign verifies keyless.
     */
    secretRef?: {
      /**
       * Name of the Secret.
       */
      name: string;
    };
    /**
     * Identities that a keyless signature of cosign may have; one has to match.
     *
     * @maxItems 32
     *
     * Items: One identity. Issuer and subject both have to match.
     */
    matchOIDCIdentity?: {
      /**
       * Regular expression of the issuer of the signer's OIDC token.
       */
      issuer: string;
      /**
       * Regular expression of the subject of the signer's OIDC token.
       */
      subject: string;
    }[];
  };
  /**
   * Secret in the provider's namespace with the proxy for pulling the chart: address, optionally username and password.
   */
  proxySecretRef?: {
    /**
     * Name of the Secret.
     */
    name: string;
  };
  /**
   * Versions that tenants may request. Every version of the chart is on offer when the list is empty and versionsFrom is absent.
   *
   * Items: One version. It inherits from spec what it leaves out.
   */
  versions?: {
    /**
     * What a tenant writes into spec.version of an OCM object; beside a chartVersion, any text.
     */
    version: string;
    /**
     * OCI tag of the chart, optionally pinned with @sha256:<manifest digest>. Default: the version.
     */
    chartVersion?: string;
    /**
     * URL of this chart. Default: spec.chartURL.
     */
    chartURL?: string;
    /**
     * Name of the Secret in the provider's namespace with the login of this chart's registry; an empty text for none. Default: spec.imagePullSecret.
     */
    chartPullSecret?: string;
    /**
     * Helm values for this version, merged into spec.values as Helm merges value files: maps are merged, everything else is replaced.
     */
    values?: {
      [k: string]: unknown;
    };
    /**
     * The Go provider's name of values. An entry has at most one of the two.
     */
    helmValues?: {
      [k: string]: unknown;
    };
  }[];
  /**
   * Discovery of the OCM K8s Toolkit (delivery.ocm.software/v1alpha1) in the provider's namespace. The versions that it has found are on offer beside those of spec.versions, which win. They inherit chart, pull secret and values from spec.
   */
  versionsFrom?: {
    /**
     * Name of the Discovery.
     */
    name: string;
    /**
     * Semver constraint such as ">=0.4.0 <1.0.0" or "^0.4.0" that a version has to satisfy. A pre-release satisfies it only if the constraint has one.
     */
    semver?: string;
    /**
     * Regular expression such as "^[0-9.]+$" that has to be found in a version.
     */
    filter?: string;
  };
}

/**
 * State of the settings, written by the provider.
 */
export interface ProviderConfigStatus {
  /**
   * Generation of the spec that this status describes; -1 until the provider has seen the object.
   */
  observedGeneration: number;
  /**
   * Ready when the settings are in force, Terminating while the object is being deleted, otherwise Progressing.
   */
  phase: "Ready" | "Progressing" | "Terminating";
  /**
   * Number of OCM objects, counted at most every few seconds.
   */
  tenants?: {
    /**
     * All OCM objects.
     */
    total: number;
    /**
     * OCM objects that are Ready.
     */
    ready: number;
    /**
     * OCM objects that somebody has to look after, deletions that are stuck included.
     */
    failing: number;
  };
  /**
   * Keys of the shards among which tenants are distributed now: those of the last valid settings.
   *
   * @maxItems 64
   *
   * Items: Key of a shard.
   */
  shards?: string[];
  /**
   * The versions on offer, the newest first. Absent when every version of the chart is on offer.
   *
   * @maxItems 500
   *
   * Items: One version on offer.
   */
  versions?: {
    /**
     * What a tenant writes into spec.version of an OCM object.
     */
    version: string;
    /**
     * OCI tag of the chart, with @sha256:<manifest digest> where the offer is pinned.
     */
    chartVersion: string;
    /**
     * URL of the chart; absent when it is spec.chartURL.
     */
    chartURL?: string;
    /**
     * Name of the Discovery that has found the version; absent for an entry of spec.versions.
     */
    discovery?: string;
  }[];
  /**
   * Conditions of the settings. Ready comes first and sums up the others.
   *
   * Items: One condition, in the common form of Kubernetes conditions.
   */
  conditions?: {
    /**
     * When the status of the condition last changed.
     */
    lastTransitionTime: string;
    /**
     * What the condition waits for, or what somebody has to correct, in one line.
     */
    message: string;
    /**
     * Generation of the spec that the condition describes.
     */
    observedGeneration?: number;
    /**
     * Why the condition has its status, in one word for programs.
     */
    reason: string;
    /**
     * True, False or Unknown.
     */
    status: "True" | "False" | "Unknown";
    /**
     * What the condition is about. No two conditions of an object have the same type.
     */
    type: string;
  }[];
}
