import type { ServedResource } from "../../api/served-resource.ts";
import { policyBindingStrategy, policyStrategy } from "./admission-policy.ts";
import { crdStrategy } from "./custom-resource-definition.ts";
import { coreEventStrategy, eventStrategy } from "./event.ts";
import {
  deploymentStrategy,
  disruptionBudgetStrategy,
  jobStrategy,
  podStrategy,
  replicaSetStrategy,
  serviceStrategy,
} from "./workload.ts";
import { namespaceStrategy } from "./namespace.ts";
import { rbacStrategy } from "./rbac.ts";
import { secretStrategy } from "./secret.ts";
import { configMapStrategy } from "./config-map.ts";
import { PLAIN_STRATEGY, type Resource, type Strategy } from "../resource.ts";

const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
const CREATE_ONLY = ["create"] as const;

type Definition = Pick<ServedResource, "group" | "version" | "kind" | "plural"> &
  Partial<Pick<ServedResource, "shortNames" | "categories" | "subresources" | "verbs">> & {
    readonly clusterScoped?: boolean;
    readonly strategy?: Strategy;
    readonly collection?: string;
  };

const CORE = { group: "", version: "v1" };
const APPS = { group: "apps", version: "v1", categories: ["all"] };
const RBAC = { group: "rbac.authorization.k8s.io", version: "v1", strategy: rbacStrategy };
const AUTHORIZATION = { group: "authorization.k8s.io", version: "v1", clusterScoped: true, verbs: CREATE_ONLY };
const AUTHENTICATION = { group: "authentication.k8s.io", version: "v1", clusterScoped: true, verbs: CREATE_ONLY };
const ADMISSION = { group: "admissionregistration.k8s.io", version: "v1", clusterScoped: true };

const ALWAYS_CONDITIONAL: Strategy = { ...PLAIN_STRATEGY, allowsUnconditionalUpdate: false };

const DEFINITIONS: readonly Definition[] = [
  {
    ...CORE,
    kind: "Namespace",
    plural: "namespaces",
    shortNames: ["ns"],
    clusterScoped: true,
    subresources: ["status", "finalize"],
    strategy: namespaceStrategy,
    verbs: ALL_VERBS.filter((verb) => verb !== "deletecollection"),
  },
  { ...CORE, kind: "Secret", plural: "secrets", strategy: secretStrategy },
  { ...CORE, kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"], strategy: configMapStrategy },
  {
    ...CORE,
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    shortNames: ["sa"],
    subresources: ["token"],
    strategy: { ...PLAIN_STRATEGY, returnsDeleted: true },
  },
  { ...CORE, kind: "Event", plural: "events", shortNames: ["ev"], strategy: coreEventStrategy },
  {
    ...CORE,
    kind: "Pod",
    plural: "pods",
    shortNames: ["po"],
    categories: ["all"],
    subresources: ["status"],
    strategy: podStrategy,
  },
  {
    ...CORE,
    kind: "Service",
    plural: "services",
    shortNames: ["svc"],
    categories: ["all"],
    subresources: ["status"],
    strategy: serviceStrategy,
  },
  { ...CORE, kind: "Node", plural: "nodes", shortNames: ["no"], clusterScoped: true, subresources: ["status"] },
  {
    group: "events.k8s.io",
    version: "v1",
    kind: "Event",
    plural: "events",
    shortNames: ["ev"],
    strategy: eventStrategy,
    collection: "events",
  },
  {
    ...APPS,
    kind: "Deployment",
    plural: "deployments",
    shortNames: ["deploy"],
    subresources: ["status"],
    strategy: deploymentStrategy,
  },
  {
    ...APPS,
    kind: "ReplicaSet",
    plural: "replicasets",
    shortNames: ["rs"],
    subresources: ["status"],
    strategy: replicaSetStrategy,
  },
  {
    group: "batch",
    version: "v1",
    kind: "Job",
    plural: "jobs",
    categories: ["all"],
    subresources: ["status"],
    strategy: jobStrategy,
  },
  {
    group: "coordination.k8s.io",
    version: "v1",
    kind: "Lease",
    plural: "leases",
    strategy: { ...ALWAYS_CONDITIONAL, allowsCreateOnUpdate: true },
  },
  {
    group: "networking.k8s.io",
    version: "v1",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    shortNames: ["netpol"],
    strategy: { ...PLAIN_STRATEGY, hasGeneration: true },
  },
  {
    group: "policy",
    version: "v1",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    shortNames: ["pdb"],
    subresources: ["status"],
    strategy: disruptionBudgetStrategy,
  },
  { ...RBAC, kind: "ClusterRoleBinding", plural: "clusterrolebindings", clusterScoped: true },
  { ...RBAC, kind: "ClusterRole", plural: "clusterroles", clusterScoped: true },
  { ...RBAC, kind: "RoleBinding", plural: "rolebindings" },
  { ...RBAC, kind: "Role", plural: "roles" },
  {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    clusterScoped: true,
    subresources: ["status"],
    strategy: crdStrategy,
  },
  { ...AUTHORIZATION, kind: "SelfSubjectAccessReview", plural: "selfsubjectaccessreviews" },
  { ...AUTHORIZATION, kind: "SelfSubjectRulesReview", plural: "selfsubjectrulesreviews" },
  { ...AUTHORIZATION, kind: "SubjectAccessReview", plural: "subjectaccessreviews" },
  { ...AUTHENTICATION, kind: "TokenReview", plural: "tokenreviews" },
  { ...AUTHENTICATION, kind: "SelfSubjectReview", plural: "selfsubjectreviews" },
  {
    ...ADMISSION,
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    categories: ["api-extensions"],
    subresources: ["status"],
    strategy: policyStrategy,
  },
  {
    ...ADMISSION,
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    categories: ["api-extensions"],
    strategy: policyBindingStrategy,
  },
];

/** The resources every API server serves from its start. */
export function builtInResources(): readonly Resource[] {
  return DEFINITIONS.map(toResource);
}

function toResource({ clusterScoped, strategy, collection, ...definition }: Definition): Resource {
  const { group, kind, plural } = definition;
  return {
    verbs: ALL_VERBS,
    shortNames: [],
    categories: [],
    subresources: [],
    ...definition,
    singular: kind.toLowerCase(),
    namespaced: clusterScoped !== true,
    strategy: strategy ?? PLAIN_STRATEGY,
    collection: collection ?? (group === "" ? plural : `${plural}.${group}`),
    listKind: `${kind}List`,
  };
}
