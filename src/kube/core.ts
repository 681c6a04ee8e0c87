import type { Condition, KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";

/** `v1` Secret; `data` is base64. */
export type Secret = KubeObject & {
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
};

/** `v1` ConfigMap. */
export type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** `v1` Namespace. */
export type Namespace = KubeObject & { readonly status?: { readonly phase?: string } };

/** `v1` Event. */
export type Event = KubeObject & {
  readonly involvedObject: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly action?: string;
  readonly count?: number;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
  readonly source?: { readonly component?: string; readonly host?: string };
};

/** `coordination.k8s.io/v1` Lease; times are RFC 3339 with microseconds. */
export type Lease = KubeObject & {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
};

/** `apiextensions.k8s.io/v1` CustomResourceDefinition; schemas are left opaque. */
export type CustomResourceDefinition = KubeObject & {
  readonly spec: {
    readonly group: string;
    readonly scope: "Cluster" | "Namespaced";
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly Omit<Condition, "observedGeneration">[] };
};

/** `secrets` of the core group. */
export const secrets: Resource<Secret> = core("Secret", "secrets");

/** `configmaps` of the core group. */
export const configMaps: Resource<ConfigMap> = core("ConfigMap", "configmaps");

/** `namespaces` of the core group. */
export const namespaces: Resource<Namespace> = { ...core("Namespace", "namespaces"), namespaced: false };

/** `events` of the core group. */
export const events: Resource<Event> = core("Event", "events");

/** `leases` of `coordination.k8s.io`. */
export const leases: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

/** `customresourcedefinitions` of `apiextensions.k8s.io`. */
export const customResourceDefinitions: Resource<CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

function core(
  kind: string,
  plural: string,
): { group: ""; version: "v1"; kind: string; plural: string; namespaced: true } {
  return { group: "", version: "v1", kind, plural, namespaced: true };
}
