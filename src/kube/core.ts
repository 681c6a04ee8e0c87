import type { CustomResourceDefinitionSpec } from "kubernetes-types/apiextensions/v1.d.ts";
import type * as appsv1 from "kubernetes-types/apps/v1.d.ts";
import type { LeaseSpec } from "kubernetes-types/coordination/v1.d.ts";
import type * as corev1 from "kubernetes-types/core/v1.d.ts";
import type { Condition, KubeObject } from "./object.ts";
import type { ContentShape, Resource } from "./resource.ts";

/** `v1` Secret; `data` is base64. */
export type Secret = KubeObject & Readonly<Pick<corev1.Secret, "type" | "immutable" | "data">>;

/** `v1` ConfigMap. */
export type ConfigMap = KubeObject & Readonly<Pick<corev1.ConfigMap, "data">>;

/** `v1` Namespace. */
export type Namespace = KubeObject & { readonly status?: Readonly<Pick<corev1.NamespaceStatus, "phase">> };

/** `v1` Event. */
export type Event = KubeObject & Readonly<Omit<corev1.Event, "apiVersion" | "kind" | "metadata">>;

/** `v1` Pod. */
export type Pod = KubeObject & Readonly<Pick<corev1.Pod, "spec" | "status">>;

/** `apps/v1` Deployment. */
export type Deployment = KubeObject & Readonly<Pick<appsv1.Deployment, "spec" | "status">>;

/** `coordination.k8s.io/v1` Lease; times are RFC 3339 with microseconds. */
export type Lease = KubeObject & { readonly spec?: Readonly<LeaseSpec> };

/** `apiextensions.k8s.io/v1` CustomResourceDefinition. */
export type CustomResourceDefinition = KubeObject & {
  readonly spec: Readonly<CustomResourceDefinitionSpec>;
  readonly status?: {
    readonly conditions?: readonly Omit<Condition, "observedGeneration">[];
    readonly storedVersions?: readonly string[];
  };
};

/** `secrets` of the core group. */
export const secrets: Resource<Secret> = {
  ...core("Secret", "secrets"),
  kept: { type: true, immutable: true, data: true } satisfies ContentShape<Secret>,
};

/** `configmaps` of the core group. */
export const configMaps: Resource<ConfigMap> = {
  ...core("ConfigMap", "configmaps"),
  kept: { data: true } satisfies ContentShape<ConfigMap>,
};

/** `namespaces` of the core group. */
export const namespaces: Resource<Namespace> = { ...core("Namespace", "namespaces"), namespaced: false };

/** `events` of the core group. */
export const events: Resource<Event> = core("Event", "events");

/** `pods` of the core group. */
export const pods: Resource<Pod> = core("Pod", "pods");

/** `deployments` of `apps`. */
export const deployments: Resource<Deployment> = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

/** `leases` of `coordination.k8s.io`. */
export const leases: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

/** `clusterroles` of `rbac.authorization.k8s.io`. */
export const clusterRoles: Resource = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};

/** `clusterrolebindings` of `rbac.authorization.k8s.io`. */
export const clusterRoleBindings: Resource = {
  ...clusterRoles,
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
};

/** `validatingadmissionpolicies` of `admissionregistration.k8s.io`. */
export const validatingAdmissionPolicies: Resource = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  namespaced: false,
};

/** `validatingadmissionpolicybindings` of `admissionregistration.k8s.io`. */
export const validatingAdmissionPolicyBindings: Resource = {
  ...validatingAdmissionPolicies,
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
};

/** `customresourcedefinitions` of `apiextensions.k8s.io`. */
export const customResourceDefinitions: Resource<CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

/** `tokenreviews` of `authentication.k8s.io`: whose a token is. */
export const tokenReviews: Resource = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  plural: "tokenreviews",
  namespaced: false,
};

/** `subjectaccessreviews` of `authorization.k8s.io`: what a user may do. */
export const subjectAccessReviews: Resource = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  namespaced: false,
};

function core(
  kind: string,
  plural: string,
): { group: ""; version: "v1"; kind: string; plural: string; namespaced: true } {
  return { group: "", version: "v1", kind, plural, namespaced: true };
}
