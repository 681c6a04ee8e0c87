import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";
import type { Chart } from "./chart.ts";
import { labelsOf, PROBE_PORT, toolkitDeployment, type ToolkitWorkload } from "./toolkit-deployment.ts";
import { toolkitRoles } from "./toolkit-roles.ts";

const GROUP = "delivery.ocm.software";

/** Kinds, and the first version that has them. */
const KINDS_SINCE: readonly (readonly [kind: string, since: string])[] = [
  ["Repository", "0.0.0"],
  ["Component", "0.0.0"],
  ["Resource", "0.0.0"],
  ["Deployer", "0.0.0"],
  ["Replication", "0.5.0"],
  ["NamespacedDeployer", "0.16.0"],
  ["Discovery", "0.16.0"],
];
const SCHEMA: Chart["schema"] = {
  "/crd/enable": "boolean",
  "/crd/keep": "boolean",
  "/fullnameOverride": "string",
  "/manager/concurrency/resource": "integer",
  "/manager/discovery/safetyInterval": "string",
  "/manager/env": "array",
  "/manager/extraArgs": "array",
  "/manager/imagePullSecrets": "array",
  "/manager/networkPolicy/egress": "array",
  "/manager/networkPolicy/enabled": "boolean",
  "/manager/networkPolicy/ingress": "array",
  "/manager/nodeSelector": "object",
  "/manager/replicas": "integer",
  "/rbacHelpers/aggregateToDefaultRoles": "boolean",
};

/** A chart with the shape that the OCM K8s Toolkit's has in that version. */
export function toolkitChart(version: string): Chart {
  const since = (first: string): boolean => version.localeCompare(first, "en", { numeric: true }) >= 0;
  const kinds = KINDS_SINCE.filter(([, first]) => since(first)).map(([kind]) => kind);
  return {
    name: "chart",
    version,
    appVersion: "0.1.0",
    description: "A Helm chart for deploying the OCM Kubernetes Toolkit controller",
    schema: SCHEMA,
    render: (target, values) => {
      const fullname = textAt(values, "fullnameOverride") || target.name;
      const workload = { fullname, version, target, values, since };
      const crds = valueAt(values, "crd", "enable") === false ? [] : kinds.map((kind) => toolkitCRD(kind, values));
      return [
        ...networkPolicies(workload),
        serviceAccount(workload),
        ...crds.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1)),
        ...toolkitRoles(workload, kinds.map(pluralOf)),
        toolkitDeployment(workload),
      ];
    },
  };
}

function serviceAccount({ fullname, target }: ToolkitWorkload): Obj {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: `${fullname}-controller-manager`, namespace: target.namespace },
  };
}

function networkPolicies({ fullname, target, values, since }: ToolkitWorkload): readonly Obj[] {
  if (!since("0.16.0") || valueAt(values, "manager", "networkPolicy", "enabled") !== true) {
    return [];
  }
  const custom = listAt(values, "manager", "networkPolicy", "egress");
  const usual = [{ ports: [...ports("UDP", 53), ...ports("TCP", 53)] }, { ports: ports("TCP", 443, 6443) }];
  const policy: Obj = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `${fullname}-controller-manager`, namespace: target.namespace },
    spec: {
      podSelector: { matchLabels: labelsOf(fullname) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: ports("TCP", PROBE_PORT) }, ...listAt(values, "manager", "networkPolicy", "ingress")],
      egress: custom.length > 0 ? custom : usual,
    },
  };
  return [policy];
}

function ports(protocol: string, ...numbers: readonly number[]): readonly object[] {
  return numbers.map((port) => ({ port, protocol }));
}

/** The CRD of one kind of the toolkit, kept at the end of a release unless `crd.keep` is false. */
function toolkitCRD(kind: string, values: JsonObject): Obj {
  const plural = pluralOf(kind);
  const keep = valueAt(values, "crd", "keep") !== false;
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${GROUP}`,
      ...(keep && { annotations: { "helm.sh/resource-policy": "keep" } }),
    },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: kind === "Deployer" ? "Cluster" : "Namespaced",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } },
        },
      ],
    },
  };
}

function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  return singular.endsWith("y") ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
