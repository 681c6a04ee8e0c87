import type { JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { asJson, asTyped } from "./as-json.ts";

const podSpec: JsonObject = { containers: null };
const podTemplate: JsonObject = { metadata: {}, spec: podSpec };
const workload: JsonObject = { spec: { selector: null, template: podTemplate, strategy: {} }, status: {} };

// What Go's zero values of these kinds look like as JSON: the fields that are written even when nothing is in them.
const ZEROS: Readonly<Record<string, JsonObject>> = {
  "v1/Namespace": { spec: {}, status: {} },
  "v1/Pod": { spec: podSpec, status: {} },
  "v1/Service": { spec: {}, status: { loadBalancer: {} } },
  "v1/Node": { spec: {}, status: { daemonEndpoints: { kubeletEndpoint: {} }, nodeInfo: {} } },
  "v1/Event": { involvedObject: {}, source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: null },
  "events.k8s.io/v1/Event": { regarding: {}, eventTime: null, deprecatedSource: {} },
  "apps/v1/Deployment": workload,
  "apps/v1/ReplicaSet": workload,
  "batch/v1/Job": { spec: { template: podTemplate }, status: {} },
  "coordination.k8s.io/v1/Lease": { spec: {} },
  "rbac.authorization.k8s.io/v1/Role": { rules: null },
  "rbac.authorization.k8s.io/v1/ClusterRole": { rules: null },
  "rbac.authorization.k8s.io/v1/RoleBinding": { roleRef: { apiGroup: "", kind: "", name: "" } },
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": { roleRef: { apiGroup: "", kind: "", name: "" } },
  "apiextensions.k8s.io/v1/CustomResourceDefinition": {
    spec: { names: { plural: "", kind: "" }, scope: "", versions: null, group: "" },
    status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null },
  },
};

/**
 * The object that a create is compared with to find out what it sets.
 *
 * For custom resources it has nothing but kind and version; for built-ins it has what the real server's types always write.
 */
export function builtinZero(object: Obj): Obj {
  const { apiVersion, kind } = object;
  const zero = ZEROS[`${apiVersion}/${kind}`] ?? {};
  const present = asJson(object);
  const fields = Object.entries(zero).filter(([field]) => present[field] !== undefined);
  return asTyped(object, { apiVersion, kind, metadata: {}, ...Object.fromEntries(fields) });
}
