import type { Obj } from "../../sim/object.ts";
import { GROUPS } from "./groups.ts";

const MANAGED_BY = "openmcp.cloud/managed-by";

/** Whether an object says that it is the provider's, under either name that the provider has. */
export function isOwn({ metadata }: Pick<Obj, "metadata">): boolean {
  return GROUPS.includes(metadata.labels?.[MANAGED_BY] ?? "");
}
