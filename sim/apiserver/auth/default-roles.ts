import type { JsonObject } from "../../json.ts";

const RBAC = { apiVersion: "rbac.authorization.k8s.io/v1" };
const LABELS = { "kubernetes.io/bootstrapping": "rbac-defaults" };
const PUBLIC_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
const DISCOVERY_PATHS = [...PUBLIC_PATHS, "/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"];

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const WORKLOAD = { apiGroups: [""], resources: ["configmaps", "pods", "services", "serviceaccounts"] };
const ROLES = { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"] };

/** The roles for users: name, labels, and what of the rules of a real API server matters here. */
const USER_ROLES: readonly (readonly [string, JsonObject, readonly JsonObject[]])[] = [
  ["admin", {}, [{ ...ROLES, verbs: [...WRITE, ...READ] }]],
  [
    "edit",
    aggregateTo("admin"),
    [
      { apiGroups: [""], resources: ["secrets"], verbs: [...READ, ...WRITE] },
      { ...WORKLOAD, verbs: WRITE },
    ],
  ],
  [
    "view",
    aggregateTo("edit"),
    [
      { ...WORKLOAD, verbs: READ },
      { apiGroups: [""], resources: ["events", "namespaces"], verbs: READ },
    ],
  ],
];

function aggregateTo(target: string): JsonObject {
  return { [`rbac.authorization.k8s.io/aggregate-to-${target}`]: "true" };
}

/** ClusterRoles and their bindings that every API server comes with. */
export function defaultRoles(): readonly JsonObject[] {
  return [
    role("cluster-admin", [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ]),
    ...USER_ROLES.flatMap(([name, labels, rules]) => [
      {
        ...role(name, []),
        metadata: { name, labels: { ...LABELS, ...labels } },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] },
      },
      {
        ...role(`system:aggregate-to-${name}`, rules),
        metadata: { name: `system:aggregate-to-${name}`, labels: { ...LABELS, ...aggregateTo(name) } },
      },
    ]),
    role("system:basic-user", [
      {
        apiGroups: ["authorization.k8s.io"],
        resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        verbs: ["create"],
      },
      { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
    ]),
    role("system:discovery", [{ nonResourceURLs: DISCOVERY_PATHS, verbs: ["get"] }]),
    role("system:public-info-viewer", [{ nonResourceURLs: PUBLIC_PATHS, verbs: ["get"] }]),
    binding("cluster-admin", ["system:masters"]),
    binding("system:basic-user", ["system:authenticated"]),
    binding("system:discovery", ["system:authenticated"]),
    binding("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
  ];
}

function role(name: string, rules: readonly JsonObject[]): JsonObject {
  return { ...RBAC, kind: "ClusterRole", metadata: { name, labels: LABELS }, rules };
}

function binding(name: string, groups: readonly string[]): JsonObject {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    ...RBAC,
    kind: "ClusterRoleBinding",
    metadata: { name, labels: LABELS },
    roleRef: { apiGroup, kind: "ClusterRole", name },
    subjects: groups.map((group) => ({ apiGroup, kind: "Group", name: group })),
  };
}
