import type { Obj } from "../../sim/object.ts";
import { isJsonObject, type JsonObject } from "../../sim/json.ts";
import { ANNOTATIONS } from "../../src/ocm/annotations.ts";
import { conditionOf, type ServiceObj } from "./ocm-status.ts";

/** An object as its API server holds it, without status and without what differs from run to run. */
export function withoutVolatile(object: Obj): Readonly<Record<string, unknown>> {
  const { metadata, status: _status, ...rest } = object;
  const { uid: _1, resourceVersion: _2, creationTimestamp: _3, managedFields: _4, annotations, ...stable } = metadata;
  const { [ANNOTATIONS.retried]: _5, ...others } = annotations ?? {};
  return { ...rest, metadata: { ...stable, ...(Object.keys(others).length > 0 && { annotations: others }) } };
}

/** The status of a service object without points in time. */
export function timelessStatus({ status }: ServiceObj): unknown {
  return {
    ...status,
    conditions: status?.conditions?.map(({ lastTransitionTime: _time, ...condition }) => condition),
  };
}

/** Paths of the fields that a manager has applied, as `spec/ref/tag`, in order. */
export function appliedFields(object: Obj, fieldManager: string): readonly string[] {
  const entries = (object.metadata.managedFields ?? []).filter(
    ({ manager, operation }) => manager === fieldManager && operation === "Apply",
  );
  return entries.flatMap(({ fieldsV1 }) => leavesOf(fieldsV1, "")).toSorted();
}

/** What a condition says, in one line. */
export function wording(object: ServiceObj, type: string): string {
  const condition = conditionOf(object, type);
  return condition === undefined ? "absent" : `${condition.status} ${condition.reason}: ${condition.message}`;
}

function leavesOf(fields: JsonObject, path: string): readonly string[] {
  const members = Object.entries(fields).filter(([key]) => key !== ".");
  if (members.length === 0) {
    return [path];
  }
  return members.flatMap(([key, below]) =>
    leavesOf(isJsonObject(below) ? below : {}, `${path}${path === "" ? "" : "/"}${key.replace(/^f:/, "")}`),
  );
}
