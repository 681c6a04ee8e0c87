import { findCondition, isConditionTrue } from "../../condition.ts";
import { ageColumn, ageOf, type Column, column, createdColumn, humanAge, nameColumn, wideColumn } from "./column.ts";
import { isJsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";

/** Columns of an event whose object is named by the field `subject`. */
function eventColumns(subject: "involvedObject" | "regarding"): readonly Column[] {
  const source = subject === "regarding" ? "deprecatedSource" : "source";
  return [
    column("Last Seen", (event, now) => ageOf(lastSeen(event), now)),
    column("Type", (event) => textAt(event, "type")),
    column("Reason", (event) => textAt(event, "reason")),
    column("Object", (event) => {
      const name = textAt(event, subject, "name");
      return textAt(event, subject, "kind").toLowerCase() + (name === "" ? "" : `/${name}`);
    }),
    wideColumn("Subobject", (event) => textAt(event, subject, "fieldPath")),
    wideColumn("Source", (event) => sourceOf(event, source)),
    column("Message", (event) => (textAt(event, "message") || textAt(event, "note")).trim()),
    wideColumn("First Seen", (event, now) => ageOf(firstSeen(event), now)),
    wideColumn("Count", (event) => valueAt(event, "series", "count") ?? valueAt(event, "count") ?? 1),
    { ...nameColumn, priority: 1 },
  ];
}

function sourceOf(event: Obj, source: string): string {
  const component = textAt(event, source, "component") || reporter(event);
  const host = textAt(event, source, "host") || textAt(event, "reportingInstance");
  return host === "" ? component : `${component}, ${host}`;
}

function reporter(event: Obj): string {
  return textAt(event, "reportingComponent") || textAt(event, "reportingController");
}

function firstSeen(event: Obj): string {
  return textAt(event, "firstTimestamp") || textAt(event, "deprecatedFirstTimestamp") || textAt(event, "eventTime");
}

function lastSeen(event: Obj): string {
  return (
    textAt(event, "series", "lastObservedTime") ||
    textAt(event, "lastTimestamp") ||
    textAt(event, "deprecatedLastTimestamp") ||
    firstSeen(event)
  );
}

const template = ["spec", "template", "spec", "containers"] as const;

const templateColumns: readonly Column[] = [
  wideColumn("Containers", (object) => namesOf(object, "name")),
  wideColumn("Images", (object) => namesOf(object, "image")),
  wideColumn("Selector", selectorText),
];

/** Columns of `apps` Deployments. */
const deploymentColumns: readonly Column[] = [
  nameColumn,
  column("Ready", (object) => `${number(object, "status", "readyReplicas")}/${number(object, "spec", "replicas")}`),
  column("Up-to-date", (object) => number(object, "status", "updatedReplicas")),
  column("Available", (object) => number(object, "status", "availableReplicas")),
  ageColumn,
  ...templateColumns,
];

/** Columns of `apps` ReplicaSets. */
const replicaSetColumns: readonly Column[] = [
  nameColumn,
  column("Desired", (object) => number(object, "spec", "replicas"), "integer"),
  column("Current", (object) => number(object, "status", "replicas"), "integer"),
  column("Ready", (object) => number(object, "status", "readyReplicas"), "integer"),
  ageColumn,
  ...templateColumns,
];

/** Columns of Jobs. */
const jobColumns: readonly Column[] = [
  nameColumn,
  column("Status", jobStatus),
  column(
    "Completions",
    (object) => `${number(object, "status", "succeeded")}/${number(object, "spec", "completions") || 1}`,
  ),
  column("Duration", jobDuration),
  ageColumn,
  ...templateColumns,
];

/** Columns of Pods. */
const podColumns: readonly Column[] = [
  nameColumn,
  column("Ready", (object) => {
    const ready = listAt(object, "status", "containerStatuses").filter((status) => valueAt(status, "ready") === true);
    return `${ready.length}/${listAt(object, "spec", "containers").length}`;
  }),
  column("Status", podStatus),
  column("Restarts", (object) => {
    const restarts = listAt(object, "status", "containerStatuses").map((status) => number(status, "restartCount"));
    return String(restarts.reduce((sum, one) => sum + one, 0));
  }),
  ageColumn,
  wideColumn("IP", (object) => textAt(object, "status", "podIP") || "<none>"),
  wideColumn("Node", (object) => textAt(object, "spec", "nodeName") || "<none>"),
  wideColumn("Nominated Node", (object) => textAt(object, "status", "nominatedNodeName") || "<none>"),
  wideColumn("Readiness Gates", () => "<none>"),
];

function podStatus(pod: Obj): string {
  if (pod.metadata.deletionTimestamp !== undefined) {
    return "Terminating";
  }
  // The last container that does not run, and has a reason, speaks for the pod.
  const reasons = listAt(pod, "status", "containerStatuses").map(
    (status) => textAt(status, "state", "waiting", "reason") || textAt(status, "state", "terminated", "reason"),
  );
  const ofContainer = reasons.find((reason) => reason !== "");
  return ofContainer ?? (textAt(pod, "status", "reason") || textAt(pod, "status", "phase"));
}

function jobStatus(job: Obj): string {
  if (isConditionTrue(job, "Complete")) {
    return "Complete";
  }
  return isConditionTrue(job, "Failed")
    ? "Failed"
    : job.metadata.deletionTimestamp === undefined
      ? "Running"
      : "Terminating";
}

function jobDuration(job: Obj, now: number): string {
  const start = textAt(job, "status", "startTime");
  const end = textAt(job, "status", "completionTime");
  if (start === "") {
    return "";
  }
  return end === "" ? ageOf(start, now) : humanAge(Date.parse(end) - Date.parse(start));
}

function namesOf(object: Obj, field: string): string {
  return listAt(object, ...template)
    .map((container) => textAt(container, field))
    .join(",");
}

function selectorText(object: Obj): string {
  return labelText(object, "spec", "selector", "matchLabels");
}

function orNotAvailable(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "N/A";
}

function labelText(object: Obj, ...path: readonly string[]): string {
  const labels = valueAt(object, ...path);
  const entries = isJsonObject(labels) ? Object.entries(labels) : [];
  return entries.map(([key, value]) => `${key}=${typeof value === "string" ? value : ""}`).join(",");
}

function number(value: unknown, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === "number" ? found : 0;
}

const binding: readonly Column[] = [
  nameColumn,
  column("Role", (object) => `${textAt(object, "roleRef", "kind")}/${textAt(object, "roleRef", "name")}`),
  ageColumn,
  wideColumn("Users", (object) => subjects(object, "User")),
  wideColumn("Groups", (object) => subjects(object, "Group")),
  wideColumn("ServiceAccounts", (object) => subjects(object, "ServiceAccount")),
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  "/Namespace": [nameColumn, column("Status", (object) => textAt(object, "status", "phase")), ageColumn],
  "/ConfigMap": [
    nameColumn,
    column("Data", (object) => count(object, "data") + count(object, "binaryData")),
    ageColumn,
  ],
  "/Secret": [
    nameColumn,
    column("Type", (object) => textAt(object, "type")),
    column("Data", (object) => count(object, "data")),
    ageColumn,
  ],
  "/ServiceAccount": [nameColumn, ageColumn],
  "/Event": eventColumns("involvedObject"),
  "events.k8s.io/Event": eventColumns("regarding"),
  "/Service": [
    nameColumn,
    column("Type", (object) => textAt(object, "spec", "type")),
    column("Cluster-IP", (object) => textAt(object, "spec", "clusterIP") || "<none>"),
    column("External-IP", () => "<none>"),
    column("Port(s)", (object) => listAt(object, "spec", "ports").map(portText).join(",") || "<none>"),
    ageColumn,
  ],
  "/Node": [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", () => "<none>"),
    ageColumn,
    column("Version", (object) => textAt(object, "status", "nodeInfo", "kubeletVersion")),
  ],
  "/Pod": podColumns,
  "apps/Deployment": deploymentColumns,
  "apps/ReplicaSet": replicaSetColumns,
  "batch/Job": jobColumns,
  "coordination.k8s.io/Lease": [
    nameColumn,
    column("Holder", (object) => textAt(object, "spec", "holderIdentity")),
    ageColumn,
  ],
  "networking.k8s.io/NetworkPolicy": [
    nameColumn,
    column("Pod-Selector", (object) => labelText(object, "spec", "podSelector", "matchLabels") || "<none>"),
    ageColumn,
  ],
  "policy/PodDisruptionBudget": [
    nameColumn,
    column("Min Available", (object) => orNotAvailable(valueAt(object, "spec", "minAvailable"))),
    column("Max Unavailable", (object) => orNotAvailable(valueAt(object, "spec", "maxUnavailable"))),
    column("Allowed Disruptions", (object) => number(object, "status", "disruptionsAllowed"), "integer"),
    ageColumn,
  ],
  "rbac.authorization.k8s.io/RoleBinding": binding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": binding,
};

/** Columns of a built-in kind; name and time of creation for those without special ones. */
export function builtinColumns(group: string, kind: string): readonly Column[] {
  return COLUMNS[`${group}/${kind}`] ?? [nameColumn, createdColumn];
}

function count(object: Obj, field: string): number {
  return Object.keys(valueAt(object, field) ?? {}).length;
}

function subjects(object: Obj, kind: string): string {
  return listAt(object, "subjects")
    .filter((subject) => textAt(subject, "kind") === kind)
    .map((subject) => {
      const name = textAt(subject, "name");
      return kind === "ServiceAccount" ? `${textAt(subject, "namespace")}/${name}` : name;
    })
    .join(", ");
}

function portText(port: unknown): string {
  return `${String(valueAt(port, "port"))}/${textAt(port, "protocol") || "TCP"}`;
}

function nodeStatus(object: Obj): string {
  const ready = findCondition(object, "Ready");
  if (ready === undefined) {
    return "Unknown";
  }
  return textAt(ready, "status") === "True" ? "Ready" : "NotReady";
}
