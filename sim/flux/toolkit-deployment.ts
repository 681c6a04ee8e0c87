import { type JsonObject, writeJson } from "../json.ts";
import type { Obj } from "../object.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";
import type { ReleaseTarget } from "./chart.ts";

/** What the objects of the toolkit's chart are rendered from. */
export type ToolkitWorkload = {
  readonly fullname: string;
  readonly version: string;
  readonly target: ReleaseTarget;
  readonly values: JsonObject;
  /** Whether the chart's version is this one or a later one. */
  readonly since: (first: string) => boolean;
};

/** Where the controller answers probes. */
export const PROBE_PORT = 8081;

/** Labels of the toolkit's pods. */
export function labelsOf(fullname: string): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/name": fullname };
}

/** The Deployment of the toolkit's controller. From 0.16.0 on it can write to nothing but its volumes. */
export function toolkitDeployment(workload: ToolkitWorkload): Obj {
  const { fullname, target, values, since } = workload;
  const labels = labelsOf(fullname);
  const nodeSelector = valueAt(values, "manager", "nodeSelector");
  const folders = since("0.16.0") ? ["data", "tmp"] : ["data"];
  const user = { runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } };
  const spec = {
    serviceAccountName: `${fullname}-controller-manager`,
    terminationGracePeriodSeconds: 10,
    imagePullSecrets: listAt(values, "manager", "imagePullSecrets"),
    securityContext: { runAsNonRoot: true, ...(since("0.16.0") && user) },
    containers: [container(workload, folders)],
    volumes: folders.map((name) => ({ name, emptyDir: {} })),
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

function container({ version, values, since }: ToolkitWorkload, folders: readonly string[]): object {
  const concurrency = valueAt(values, "manager", "concurrency", "resource") ?? 4;
  const safetyInterval = textAt(values, "manager", "discovery", "safetyInterval") || "30m";
  const probe = (path: string): object => ({ httpGet: { path, port: PROBE_PORT } });
  return {
    name: "manager",
    image: `registry.example.com/ocm-k8s-toolkit:${version}`,
    command: ["/manager"],
    args: [
      `--health-probe-bind-address=:${PROBE_PORT}`,
      "--leader-elect",
      `--resource-controller-concurrency=${writeJson(concurrency)}`,
      ...(since("0.16.0") ? [`--discovery-controller-safety-interval=${safetyInterval}`] : []),
      ...listAt(values, "manager", "extraArgs").map(String),
    ],
    env: listAt(values, "manager", "env"),
    livenessProbe: probe("/healthz"),
    readinessProbe: probe("/readyz"),
    resources: { limits: { cpu: "500m", memory: "512Mi" }, requests: { cpu: "100m", memory: "256Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      ...(since("0.16.0") && { readOnlyRootFilesystem: true }),
    },
    volumeMounts: folders.map((name) => ({ name, mountPath: `/${name}` })),
  };
}
