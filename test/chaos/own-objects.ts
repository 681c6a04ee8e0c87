import type { Obj } from "../../sim/object.ts";

const MANAGED_BY = "openmcp.cloud/managed-by";
const CONTROLLER = "ocm.services.openmcp.cloud";

/** Whether an object says that it is the provider's. */
export function isOwn({ metadata }: Pick<Obj, "metadata">): boolean {
  return metadata.labels?.[MANAGED_BY] === CONTROLLER;
}
