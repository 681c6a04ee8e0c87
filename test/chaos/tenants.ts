import { CURRENT_GROUP } from "../support/kinds.ts";

/** A tenant by the name of its control plane and of its workspace, and the API group that its OCM object is of. */
export type TenantRef = {
  readonly name: string;
  readonly namespace: string;
  /** Default: the earlier one. */
  readonly group?: string;
};

/** Tenants that live at the same time: two of the same name, so that nothing goes by the name alone. */
export const TENANTS: Readonly<Record<"one" | "two" | "three", TenantRef>> = {
  one: { name: "shared-name", namespace: "project-alder--ws-a" },
  two: { name: "shared-name", namespace: "project-birch--ws-b" },
  three: { name: "a-name-that-is-longer-than-thirty-characters", namespace: "project-cedar--ws-c" },
};

/** The same tenant with its OCM object of the current API group. */
export function twinOf({ name, namespace }: TenantRef): TenantRef {
  return { name, namespace, group: CURRENT_GROUP };
}
