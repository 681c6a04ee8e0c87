import { isDeepStrictEqual } from "node:util";

import { isRecord } from "../kube/json.ts";
import type { Condition, KubeObject, ObjectMeta } from "../kube/object.ts";
import type { ContentShape, Resource } from "../kube/resource.ts";

/** Flux `HelmRelease` (helm.toolkit.fluxcd.io/v2): the fields this provider sets or reads. */
export type HelmRelease = KubeObject & {
  readonly spec?: HelmReleaseSpec;
  readonly status?: HelmReleaseStatus;
};

/** `spec` of a HelmRelease. */
export type HelmReleaseSpec = {
  readonly interval: string;
  readonly chartRef: { readonly kind: "OCIRepository"; readonly name: string; readonly namespace: string };
  readonly releaseName: string;
  readonly targetNamespace: string;
  readonly storageNamespace: string;
  readonly kubeConfig: { readonly secretRef: { readonly name: string; readonly key: string } };
  readonly install: {
    readonly crds: "Create";
    readonly createNamespace: boolean;
    readonly remediation: { readonly retries: number };
  };
  readonly upgrade: {
    readonly crds: "CreateReplace";
    readonly cleanupOnFail: boolean;
    readonly remediation: { readonly retries: number; readonly strategy: "rollback" };
  };
  readonly values?: Readonly<Record<string, unknown>>;
  readonly postRenderers?: readonly PostRenderer[];
  readonly suspend?: boolean;
};

/** Changes the manifests that a chart has rendered. Each patch is JSON or YAML text. */
export type PostRenderer = {
  readonly kustomize: {
    readonly patches: readonly { readonly target: { readonly kind: string }; readonly patch: string }[];
  };
};

/** `status` of a HelmRelease. */
export type HelmReleaseStatus = {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly lastAttemptedGeneration?: number;
  readonly lastAttemptedRevision?: string;
  /** Manifest digest of the chart that was attempted last. */
  readonly lastAttemptedRevisionDigest?: string;
  /** Releases, newest first. */
  readonly history?: readonly ReleaseSnapshot[];
};

/** One Helm release in the history of a HelmRelease. */
export type ReleaseSnapshot = {
  readonly status?: string;
  /** `<chart version>+<first 12 hex digits of the manifest digest>`. */
  readonly chartVersion?: string;
  readonly ociDigest?: string;
  readonly version?: number;
};

/** The resource of `HelmRelease`. */
export const helmReleases: Resource<HelmRelease> = {
  group: "helm.toolkit.fluxcd.io",
  version: "v2",
  kind: "HelmRelease",
  plural: "helmreleases",
  namespaced: true,
  kept: {
    spec: true,
    status: {
      observedGeneration: true,
      conditions: true,
      lastAttemptedGeneration: true,
      lastAttemptedRevision: true,
      lastAttemptedRevisionDigest: true,
      history: { status: true, chartVersion: true, ociDigest: true, version: true },
    },
  } satisfies ContentShape<HelmRelease>,
};

/** The chart to install, and the cluster to install it on. */
export type ReleaseTarget = {
  /** Name of the OCIRepository in the namespace of the HelmRelease. */
  readonly chartName: string;
  readonly releaseName: string;
  /** Namespace of the release and of Helm's own records on the target cluster. */
  readonly targetNamespace: string;
  /** Secret with the target cluster's kubeconfig, in the namespace of the HelmRelease. */
  readonly kubeconfigSecret: string;
  /** Go duration. */
  readonly interval: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly postRenderers?: readonly PostRenderer[];
};

const RETRIES = 3;

/** Builds the HelmRelease that installs a chart on another cluster, and rolls back a failed upgrade. */
export function buildHelmRelease(metadata: ObjectMeta, target: ReleaseTarget): HelmRelease {
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata,
    spec: {
      interval: target.interval,
      chartRef: { kind: "OCIRepository", name: target.chartName, namespace: metadata.namespace ?? "" },
      releaseName: target.releaseName,
      targetNamespace: target.targetNamespace,
      storageNamespace: target.targetNamespace,
      kubeConfig: { secretRef: { name: target.kubeconfigSecret, key: "kubeconfig" } },
      install: { crds: "Create", createNamespace: true, remediation: { retries: RETRIES } },
      upgrade: {
        crds: "CreateReplace",
        cleanupOnFail: true,
        remediation: { retries: RETRIES, strategy: "rollback" },
      },
      ...(target.values !== undefined && { values: target.values }),
      ...(target.postRenderers !== undefined && { postRenderers: target.postRenderers }),
    },
  };
}

/** Whether two HelmReleases install the same chart as the same Helm release on the same cluster, in whatever way. */
export function isSameInstallation({ spec: one }: HelmRelease, { spec: other }: HelmRelease): boolean {
  const isSame = (field: (typeof IDENTITY)[number]): boolean => isDeepStrictEqual(one?.[field], other?.[field]);
  return IDENTITY.every(isSame);
}

/** The fields that say what is installed where. */
const IDENTITY = ["chartRef", "releaseName", "targetNamespace", "storageNamespace", "kubeConfig"] as const;

/**
 * Whether a field manager has suspended a HelmRelease, as the API server has noted. A suspension under any other name is
 * somebody else's.
 */
export function isSuspendedBy({ spec, metadata: { managedFields = [] } }: HelmRelease, fieldManager: string): boolean {
  const isOwned = managedFields.some(
    ({ manager, subresource = "", fieldsV1 = {} }) =>
      manager === fieldManager &&
      subresource === "" &&
      isRecord(fieldsV1["f:spec"]) &&
      "f:suspend" in fieldsV1["f:spec"],
  );
  return spec?.suspend === true && isOwned;
}

/**
 * What has to be changed in a HelmRelease so that its deletion has Flux uninstall, with the kubeconfig in the Secret of
 * this name, or let go, without one; undefined when nothing has to. Pure.
 */
export function changeForDeletion({ spec }: HelmRelease, kubeconfig: string | undefined): object | undefined {
  const isSuspended = spec?.suspend === true;
  if (kubeconfig === undefined) {
    return isSuspended ? undefined : { suspend: true };
  }
  return isSuspended || spec?.kubeConfig.secretRef.name !== kubeconfig
    ? { suspend: null, kubeConfig: { secretRef: { name: kubeconfig } } }
    : undefined;
}
