import { conditionOf, type ServiceObj } from "./ocm-status.ts";

/** What kstatus, the library behind Flux and other tools that wait for objects, calls the state of an object. */
export type Kstatus = "Current" | "Failed" | "InProgress" | "Terminating";

/** Reads a custom resource by the rules of kstatus: what is not said to be unfinished counts as finished. */
export function kstatusOf(object: ServiceObj): Kstatus {
  const { metadata, status } = object;
  if (metadata.deletionTimestamp !== undefined) {
    return "Terminating";
  }
  const isOutdated = status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation;
  if (isOutdated || says(object, "Reconciling", "True")) {
    return "InProgress";
  }
  if (says(object, "Stalled", "True")) {
    return "Failed";
  }
  return says(object, "Ready", "False") || says(object, "Ready", "Unknown") ? "InProgress" : "Current";
}

/** Whether `kubectl wait --for=condition=Ready` would return: a condition of an older generation does not count. */
export function isWaitOver(object: ServiceObj): boolean {
  const ready = conditionOf(object, "Ready");
  const { generation = 0 } = object.metadata;
  return ready?.status === "True" && (ready.observedGeneration ?? object.status?.observedGeneration ?? 0) >= generation;
}

function says(object: ServiceObj, type: string, status: string): boolean {
  return conditionOf(object, type)?.status === status;
}
