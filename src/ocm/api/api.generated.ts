// Generated from crds/*.yaml by `npm run generate`; do not edit.

export interface OCMSpec {
  /**
   * Version of the chart: an OCI tag such as 0.4.0, optionally pinned with @sha256:<manifest digest>.
   */
  version: string;
}

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
    phase: "Ready" | "Progressing" | "Terminating" | "Failed";
    message?: string;
    location: "PlatformCluster" | "ManagedControlPlane";
  }[];
}

export interface ProviderConfigSpec {
  /**
   * OCI URL of the Helm chart, without tag and digest. oci:// is added when it is missing.
   */
  chartURL?: string;
  /**
   * How often every tenant is checked again, whatever events say, as a Go duration; at least 1s.
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
}

export interface ProviderConfigStatus {
  observedGeneration: number;
  phase: "Ready" | "Progressing" | "Terminating";
  conditions?: {
    lastTransitionTime: string;
    message: string;
    observedGeneration?: number;
    reason: string;
    status: "True" | "False" | "Unknown";
    type: string;
  }[];
}
