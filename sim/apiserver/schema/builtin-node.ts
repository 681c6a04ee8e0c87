import { podSpecNode } from "./pod-spec-node.ts";
import type { SchemaNode } from "./schema-node.ts";
import { atomic, listMap, mapOf, setOf, struct, text } from "./struct-node.ts";

const conditions = listMap(["type"], struct({}));
const withStatus = struct({ conditions });
const podTemplate = struct({ metadata: struct({ labels: mapOf(text), annotations: mapOf(text) }), spec: podSpecNode });
const workload = struct({ spec: struct({ selector: atomic, template: podTemplate }), status: withStatus });

const NODES: Readonly<Record<string, SchemaNode>> = {
  "v1/Namespace": struct({ spec: struct({}), status: withStatus }),
  "v1/ConfigMap": struct({ data: mapOf(text), binaryData: mapOf(text) }),
  "v1/Secret": struct({ data: mapOf(text), stringData: mapOf(text) }),
  "v1/ServiceAccount": struct({ secrets: listMap(["name"], atomic) }),
  "v1/Event": struct({ involvedObject: atomic, related: atomic }),
  "events.k8s.io/v1/Event": struct({ regarding: atomic, related: atomic }),
  "v1/Pod": struct({
    spec: podSpecNode,
    status: struct({ conditions, podIPs: listMap(["ip"], struct({})) }),
  }),
  "v1/Service": struct({
    spec: struct({
      ports: listMap(["port", "protocol"], struct({ protocol: { type: "string", default: "TCP" } })),
      selector: atomic,
    }),
    status: withStatus,
  }),
  "v1/Node": struct({
    spec: struct({ podCIDRs: setOf(text) }),
    status: struct({
      conditions,
      addresses: listMap(["type"], struct({})),
      capacity: mapOf(text),
      allocatable: mapOf(text),
    }),
  }),
  "apps/v1/Deployment": workload,
  "apps/v1/ReplicaSet": workload,
  "batch/v1/Job": struct({ spec: struct({ selector: atomic, template: podTemplate }) }),
  "coordination.k8s.io/v1/Lease": struct({ spec: struct({}) }),
  "rbac.authorization.k8s.io/v1/RoleBinding": struct({ roleRef: atomic }),
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": struct({ roleRef: atomic }),
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": struct({
    spec: struct({
      paramKind: atomic,
      matchConstraints: atomic,
      matchConditions: listMap(["name"], struct({})),
      variables: listMap(["name"], struct({})),
    }),
    status: withStatus,
  }),
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": struct({
    spec: struct({ paramRef: atomic, matchResources: atomic, validationActions: setOf(text) }),
  }),
  "apiextensions.k8s.io/v1/CustomResourceDefinition": struct({ status: withStatus }),
};

/**
 * What ownership has to know about a built-in kind: which lists are maps or sets, which objects count as a whole.
 *
 * Kinds that are not in the table have fields only, and lists that count as a whole.
 */
export function builtinNode(apiVersion: string, kind: string): SchemaNode {
  return NODES[`${apiVersion}/${kind}`] ?? struct({});
}
