import type { Obj } from "../../object.ts";
import { isJsonObject } from "../../json.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import { ageColumn, type Column, column, nameColumn, wideColumn } from "./column.ts";
import { ageOf, humanAge } from "./human-age.ts";

const template = ["spec", "template", "spec", "containers"] as const;

const templateColumns: readonly Column[] = [
  wideColumn("Containers", (object) => namesOf(object, "name")),
  wideColumn("Images", (object) => namesOf(object, "image")),
  wideColumn("Selector", selectorText),
];

/** Columns of `apps` Deployments. */
export const deploymentColumns: readonly Column[] = [
  nameColumn,
  column("Ready", (object) => `${number(object, "status", "readyReplicas")}/${number(object, "spec", "replicas")}`),
  column("Up-to-date", (object) => number(object, "status", "updatedReplicas")),
  column("Available", (object) => number(object, "status", "availableReplicas")),
  ageColumn,
  ...templateColumns,
];

/** Columns of `apps` ReplicaSets. */
export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  column("Desired", (object) => number(object, "spec", "replicas"), "integer"),
  column("Current", (object) => number(object, "status", "replicas"), "integer"),
  column("Ready", (object) => number(object, "status", "readyReplicas"), "integer"),
  ageColumn,
  ...templateColumns,
];

/** Columns of Jobs. */
export const jobColumns: readonly Column[] = [
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
export const podColumns: readonly Column[] = [
  nameColumn,
  column("Ready", (object) => {
    const ready = listAt(object, "status", "containerStatuses").filter((status) => valueAt(status, "ready") === true);
    return `${ready.length}/${listAt(object, "spec", "containers").length}`;
  }),
  column("Status", podStatus),
  column("Restarts", (object) => {
    const restarts = listAt(object, "status", "containerStatuses").map((status) => number(status, "restartCount"));
    return String(restarts.reduce((sum, count) => sum + count, 0));
  }),
  ageColumn,
  wideColumn("IP", (object) => textAt(object, "status", "podIP") || "<none>"),
  wideColumn("Node", (object) => textAt(object, "spec", "nodeName") || "<none>"),
  wideColumn("Nominated Node", (object) => textAt(object, "status", "nominatedNodeName") || "<none>"),
  wideColumn("Readiness Gates", () => "<none>"),
];

function podStatus(pod: Obj): string {
  return pod.metadata.deletionTimestamp === undefined
    ? textAt(pod, "status", "reason") || textAt(pod, "status", "phase")
    : "Terminating";
}

function jobStatus(job: Obj): string {
  const isTrue = (type: string): boolean =>
    listAt(job, "status", "conditions").some(
      (condition) => textAt(condition, "type") === type && textAt(condition, "status") === "True",
    );
  if (isTrue("Complete")) {
    return "Complete";
  }
  return isTrue("Failed") ? "Failed" : job.metadata.deletionTimestamp === undefined ? "Running" : "Terminating";
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
  const labels = valueAt(object, "spec", "selector", "matchLabels");
  const entries = isJsonObject(labels) ? Object.entries(labels) : [];
  return entries.map(([key, value]) => `${key}=${typeof value === "string" ? value : ""}`).join(",");
}

function number(value: unknown, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === "number" ? found : 0;
}
