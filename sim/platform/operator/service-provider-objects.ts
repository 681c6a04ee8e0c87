import { refOf } from "../../client.ts";
import type { Obj, OwnerReference } from "../../object.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import { PLATFORM_NAMESPACE } from "../kinds.ts";

/** What the operator makes for a ServiceProvider: first what initialises it, then what runs it. */
export type ServiceProviderObjects = {
  readonly initAccess: readonly Obj[];
  readonly initJob: Obj;
  readonly access: readonly Obj[];
  readonly deployment: Obj;
  /** Service by which the metrics of the provider are scraped, unless it serves none. */
  readonly metrics: Obj | undefined;
};

/** Annotation of a Job that initialises a provider: of which generation of the provider it is. */
export const GENERATION_ANNOTATION = "openmcp.cloud/provider-generation";

const DEFAULT_METRICS_PORT = 8080;
const METRICS_PORT_NAME = "metrics-http";
const BACKOFF_LIMIT = 4;

/** Builds the objects for a ServiceProvider, with the names, arguments and rights that openmcp-operator gives them. */
export function objectsFor(provider: Obj): ServiceProviderObjects {
  const { name } = provider.metadata;
  return {
    initAccess: accessOf(provider, `sp-${name}-init`),
    initJob: initJobOf(provider),
    access: accessOf(provider, `sp-${name}`),
    deployment: deploymentOf(provider),
    metrics: hasMetrics(provider) ? metricsServiceOf(provider) : undefined,
  };
}

function accessOf({ metadata }: Obj, name: string): readonly Obj[] {
  const labels = labelsFor(metadata.name, name.endsWith("-init") ? "init-job" : "controller");
  const account = { name, namespace: PLATFORM_NAMESPACE };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...account, labels } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: `openmcp.cloud:${name}`, labels },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
  ];
}

function initJobOf(provider: Obj): Obj {
  const { name, generation = 1 } = provider.metadata;
  const labels = labelsFor(name, "init-job");
  const serviceAccountName = `sp-${name}-init`;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: serviceAccountName,
      namespace: PLATFORM_NAMESPACE,
      labels,
      annotations: {
        "openmcp.cloud/provider-kind": provider.kind,
        "openmcp.cloud/provider-name": name,
        [GENERATION_ANNOTATION]: String(generation),
      },
      ownerReferences: [ownedBy(provider)],
    },
    spec: {
      backoffLimit: BACKOFF_LIMIT,
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName,
          restartPolicy: "Never",
          containers: [containerOf(provider, "init", commandOf(provider, "initCommand", "init"))],
        },
      },
    },
  };
}

function deploymentOf(provider: Obj): Obj {
  const name = `sp-${provider.metadata.name}`;
  const labels = labelsFor(provider.metadata.name, "controller");
  const replicas = valueAt(provider, "spec", "runReplicas") ?? 1;
  const args = [
    ...commandOf(provider, "runCommand", "run"),
    ...(replicas === 1 ? [] : ["--leader-elect=true"]),
    ...(hasMetrics(provider)
      ? [`--metrics-bind-address=:${String(metricsPort(provider))}`, "--metrics-secure=false"]
      : []),
  ];
  const ports = [{ name: METRICS_PORT_NAME, containerPort: metricsPort(provider), protocol: "TCP" }];
  const container = { ...containerOf(provider, name, args), ...(hasMetrics(provider) && { ports }) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: PLATFORM_NAMESPACE, labels, ownerReferences: [ownedBy(provider)] },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { serviceAccountName: name, containers: [container] },
      },
    },
  };
}

function metricsServiceOf(provider: Obj): Obj {
  const labels = labelsFor(provider.metadata.name, "controller");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `sp-${provider.metadata.name}-metrics`, namespace: PLATFORM_NAMESPACE, labels },
    spec: {
      selector: labels,
      ports: [{ name: METRICS_PORT_NAME, port: metricsPort(provider), protocol: "TCP", targetPort: METRICS_PORT_NAME }],
    },
  };
}

function hasMetrics(provider: Obj): boolean {
  return valueAt(provider, "spec", "metrics", "disabled") !== true;
}

function metricsPort(provider: Obj): unknown {
  return valueAt(provider, "spec", "metrics", "port") ?? DEFAULT_METRICS_PORT;
}

function commandOf(provider: Obj, field: "initCommand" | "runCommand", usual: string): readonly string[] {
  const given = listAt(provider, "spec", field).filter((one) => typeof one === "string");
  const verbosity = textAt(provider, "spec", "verbosity") || "INFO";
  return [
    ...(given.length === 0 ? [usual] : given),
    "--environment=local",
    `--verbosity=${verbosity}`,
    `--provider-name=${provider.metadata.name}`,
  ];
}

function containerOf(provider: Obj, name: string, args: readonly string[]): object {
  return {
    name,
    image: textAt(provider, "spec", "image"),
    args,
    env: [
      ...listAt(provider, "spec", "env"),
      fieldVariable("POD_NAME", "metadata.name"),
      fieldVariable("POD_NAMESPACE", "metadata.namespace"),
      fieldVariable("POD_IP", "status.podIP"),
      fieldVariable("POD_SERVICE_ACCOUNT_NAME", "spec.serviceAccountName"),
    ],
  };
}

function fieldVariable(name: string, fieldPath: string): object {
  return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
}

function labelsFor(name: string, component: "init-job" | "controller"): Readonly<Record<string, string>> {
  return {
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/instance": name,
    "app.kubernetes.io/managed-by": "openmcp-operator",
    "app.kubernetes.io/name": "ServiceProvider",
  };
}

/** Names an object as the controller that owns another one. */
export function ownedBy(owner: Obj): OwnerReference {
  const { apiVersion, kind, name } = refOf(owner);
  return { apiVersion, kind, name, uid: owner.metadata.uid ?? "", controller: true, blockOwnerDeletion: true };
}
