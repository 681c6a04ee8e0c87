import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { clusterIn, read, type World } from "./world.ts";

/** Versions that run now. */
export function runningIn(world: World): readonly string[] {
  return (["mcp", "workload"] as const).flatMap((target) => {
    const { record, health } = clusterIn(world, target) ?? {};
    return record?.status === "deployed" && health !== "gone" ? [record.chart] : [];
  });
}

/** Whether an OCM object says of its present spec that it is Ready. */
export function claimsReady(ocm: Obj | undefined): boolean {
  return isPresent(ocm) && textAt(conditionIn(ocm, "Ready"), "status") === "True";
}

/** Whether the status of an object is of its present spec. */
export function isPresent(object: Obj | undefined): boolean {
  return object !== undefined && valueAt(object, "status", "observedGeneration") === object.metadata.generation;
}

export function conditionsIn(object: Obj | undefined): readonly Obj[] {
  return (valueAt(object, "status", "conditions") ?? []) as readonly Obj[];
}

export function conditionIn(object: Obj | undefined, type: string): unknown {
  return conditionsIn(object).find((one) => textAt(one, "type") === type);
}

export function isGoing(object: Obj | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}

export function isSuspended(object: Obj | undefined): boolean {
  return valueAt(object, "spec", "suspend") === true;
}

/** Whether the control plane is gone, or goes. */
export function isLost(world: World): boolean {
  const plane = read(world, "plane");
  return plane === undefined || isGoing(plane);
}
