// Generated from crds/*.yaml by `npm run generate`; do not edit.

export interface OCMSpec {
  /**
   * One of the versions that the operator offers, as it is listed or with a v in front of a number. Without such offers, an OCI tag of the chart such as 0.4.0, optionally pinned with @sha256:<manifest digest>.
   */
  version: string;
}

/**
 * What the provider says of the installation. Until it has said anything, it is of no generation, so that nobody takes the object for finished.
 */
export interface OCMStatus {
  /**
   * Generation of the spec that this status describes.
   */
  observedGeneration: number;
  phase: "Ready" | "Progressing" | "Terminating";
  /**
   * Chart version of the release that is deployed on the control plane now.
   */
  installedVersion?: string;
  conditions?: {
    lastTransitionTime: string;
    message: string;
    observedGeneration?: number;
    reason: string;
    status: "True" | "False" | "Unknown";
    type: string;
  }[];
  /**
   * Objects that make up this installation.
   */
  resources?: {
    apiGroup?: string;
    kind: string;
    name: string;
    namespace?: string;
    /**
     * Ready, Progressing, Terminating or Failed.
     */
    phase: string;
    message?: string;
    /**
     * PlatformCluster or ManagedControlPlane.
     */
    location?: string;
  }[];
}

export interface ProviderConfigSpec {
  /**
   * OCI URL of the Helm chart, without tag and digest. oci:// is added when it is missing.
   */
  chartURL?: string;
  /**
   * How often every tenant is checked again, whatever events say, as a Go duration; at least 1s, at most 720h.
   */
  pollInterval?: string;
  /**
   * Secret of type kubernetes.io/dockerconfigjson in the provider's namespace; copied to every tenant namespace for the chart's pull.
   */
  imagePullSecret?: {
    name: string;
  };
  /**
   * Helm values, passed on as they are.
   */
  values?: {
    [k: string]: unknown;
  };
  /**
   * Where the toolkit of a tenant is installed: on its control plane, which is the default, or on a workload cluster that is requested for it. Holds for tenants that come; others stay where they are.
   */
  targetCluster?: "ManagedControlPlane" | "Workload";
  /**
   * ConfigMap or Secret in the provider's namespace with the PEM certificates of further authorities: trusted when the chart is pulled, and by the toolkit's pods.
   */
  caBundleRef?: {
    /**
     * ConfigMap when it is absent.
     */
    kind?: "ConfigMap" | "Secret";
    name: string;
    key?: string;
  };
  /**
   * How Flux verifies the chart's signature before anything of it is installed.
   */
  verify?: {
    provider: "cosign" | "notation";
    /**
     * Secret in the provider's namespace with the trusted public keys: *.pub for cosign, trustpolicy.json and *.crt or *.pem for notation. Without it cosign verifies keyless.
     */
    secretRef?: {
      name: string;
    };
    /**
     * Regular expressions of issuer and subject that a keyless signature must match.
     *
     * @maxItems 32
     */
    matchOIDCIdentity?: {
      issuer: string;
      subject: string;
    }[];
  };
  /**
   * Secret in the provider's namespace with the proxy through which the chart is pulled: address, and optionally username and password.
   */
  proxySecretRef?: {
    name: string;
  };
  /**
   * Versions that tenants may ask for, letter by letter. Without any, every version of the chart is on offer. An entry inherits what it leaves out.
   */
  versions?: {
    /**
     * What a tenant writes into spec.version.
     */
    version: string;
    /**
     * OCI tag of the chart, optionally pinned with @sha256:<manifest digest>; the version itself unless set.
     */
    chartVersion?: string;
    /**
     * Instead of spec.chartURL.
     */
    chartURL?: string;
    /**
     * Name of a Secret like spec.imagePullSecret, instead of it; empty for none.
     */
    chartPullSecret?: string;
    /**
     * Helm values laid over spec.values: maps are merged, everything else is replaced.
     */
    values?: {
      [k: string]: unknown;
    };
    /**
     * Another name of values, the one that the Go provider knows.
     */
    helmValues?: {
      [k: string]: unknown;
    };
  }[];
  /**
   * A Discovery of the OCM K8s Toolkit (delivery.ocm.software/v1alpha1) in the provider's namespace. The versions that it has found are on offer beside those of spec.versions, which win. They inherit chart, secret and values from this object.
   */
  versionsFrom?: {
    name: string;
    /**
     * Only versions that satisfy this semver constraint, such as ">=0.4.0 <1.0.0" or "^0.4.0". A pre-release only if the constraint has one.
     */
    semver?: string;
    /**
     * Only versions in which this regular expression is found, such as "^[0-9.]+$".
     */
    filter?: string;
  };
}

export interface ProviderConfigStatus {
  observedGeneration: number;
  phase: "Ready" | "Progressing" | "Terminating";
  /**
   * How the OCM objects are, counted at most every few seconds.
   */
  tenants?: {
    total: number;
    ready: number;
    /**
     * Those that somebody has to look after.
     */
    failing: number;
  };
  /**
   * The versions on offer, the newest first. Absent when every version of the chart is.
   *
   * @maxItems 500
   */
  versions?: {
    /**
     * What a tenant writes into spec.version.
     */
    version: string;
    /**
     * OCI tag of the chart, pinned with @sha256:<manifest digest> if the offer is.
     */
    chartVersion: string;
    /**
     * Where the chart lies, if not at spec.chartURL.
     */
    chartURL?: string;
    /**
     * Name of the Discovery that has found the version; absent for one of spec.versions.
     */
    discovery?: string;
  }[];
  conditions?: {
    lastTransitionTime: string;
    message: string;
    observedGeneration?: number;
    reason: string;
    status: "True" | "False" | "Unknown";
    type: string;
  }[];
}
