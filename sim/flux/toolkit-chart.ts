import type { Chart, ReleaseTarget } from "./chart.ts";
import { type JsonObject, writeJson } from "../json.ts";
import type { Obj } from "../object.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";

const LABEL = "app.kubernetes.io/name";

/** A chart of the shape of the OCM K8s Toolkit's, in any version. */
export function toolkitChart(version: string, options: { readonly kinds?: readonly string[] } = {}): Chart {
  const kinds = options.kinds ?? ["Component", "Deployer", "Repository", "Resource"];
  return {
    name: "chart",
    version,
    appVersion: "0.1.0",
    description: "A Helm chart for deploying the OCM Kubernetes Toolkit controller",
    schema: {
      "/crd/enable": "boolean",
      "/crd/keep": "boolean",
      "/fullnameOverride": "string",
      "/manager/concurrency/resource": "integer",
      "/manager/env": "array",
      "/manager/imagePullSecrets": "array",
      "/manager/nodeSelector": "object",
      "/manager/replicas": "integer",
    },
    render: (target, values) => {
      const fullname = textAt(values, "fullnameOverride") || target.name;
      const crds = valueAt(values, "crd", "enable") === false ? [] : kinds.map((kind) => toolkitCRD(kind, values));
      return [
        serviceAccount(fullname, target),
        ...crds,
        ...roles(fullname, target),
        deployment(fullname, version, { target, values }),
      ];
    },
  };
}

function serviceAccount(fullname: string, target: ReleaseTarget): Obj {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: `${fullname}-controller-manager`, namespace: target.namespace },
  };
}

function roles(fullname: string, target: ReleaseTarget): readonly Obj[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const apiGroup = "rbac.authorization.k8s.io";
  const { namespace } = target;
  const subjects = [{ kind: "ServiceAccount", name: `${fullname}-controller-manager`, namespace }];
  const managerRole = `${fullname}-manager-role`;
  const leaderRole = `${fullname}-leader-election-role`;
  const everything = [{ apiGroups: ["delivery.ocm.software"], resources: ["*"], verbs: ["*"] }];
  const leases = [{ apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["*"] }];
  return [
    { apiVersion, kind: "ClusterRole", metadata: { name: managerRole }, rules: everything },
    {
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata: { name: `${fullname}-manager-rolebinding` },
      roleRef: { apiGroup, kind: "ClusterRole", name: managerRole },
      subjects,
    },
    { apiVersion, kind: "Role", metadata: { name: leaderRole, namespace }, rules: leases },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata: { name: `${fullname}-leader-election-rolebinding`, namespace },
      roleRef: { apiGroup, kind: "Role", name: leaderRole },
      subjects,
    },
  ];
}

type Workload = { readonly target: ReleaseTarget; readonly values: JsonObject };

function deployment(fullname: string, version: string, { target, values }: Workload): Obj {
  const labels = { [LABEL]: fullname };
  const concurrency = valueAt(values, "manager", "concurrency", "resource") ?? 4;
  const nodeSelector = valueAt(values, "manager", "nodeSelector");
  const container = {
    name: "manager",
    image: `registry.example.com/ocm-k8s-toolkit:${version}`,
    args: [`--resource-controller-concurrency=${writeJson(concurrency)}`],
    env: listAt(values, "manager", "env"),
  };
  const spec = {
    serviceAccountName: `${fullname}-controller-manager`,
    imagePullSecrets: listAt(values, "manager", "imagePullSecrets"),
    containers: [container],
    ...(nodeSelector !== undefined && { nodeSelector }),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `${fullname}-controller-manager`, namespace: target.namespace, labels },
    spec: {
      replicas: valueAt(values, "manager", "replicas") ?? 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  };
}

const GROUP = "delivery.ocm.software";

/** The CRD of one kind of the toolkit, kept at the end of a release unless `crd.keep` is false. */
function toolkitCRD(kind: string, values: JsonObject): Obj {
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("y") ? `${singular.slice(0, -1)}ies` : `${singular}s`;
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
      names: { kind, listKind: `${kind}List`, plural, singular },
      scope: "Namespaced",
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
