import type { Obj } from "../../sim/object.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { OCMS } from "./groups.ts";
import type { Clusters } from "./stage.ts";

/** The API group of an object. */
export function groupOf({ apiVersion }: Pick<Obj, "apiVersion">): string {
  return apiVersion.split("/")[0] ?? "";
}

/** The OCM objects of the tenant that a namespace on the platform belongs to, that of the leading group first. */
export function ordersFor(clusters: Clusters, namespace: string): readonly Obj[] {
  const { api } = clusters.get("onboarding") ?? {};
  return OCMS.flatMap((collection) => api?.objects(collection) ?? []).filter((order) => tenantOf(order) === namespace);
}

/** The OCM object that decides, by the rule that the README tells users; undefined when nobody asks for anything. */
export function decidingOrder(clusters: Clusters, namespace: string): Obj | undefined {
  return ordersFor(clusters, namespace).find(isAsking);
}

/** Whether an OCM object asks for an installation. */
export function isAsking({ metadata }: Pick<Obj, "metadata">): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** The annotation by which somebody has an object ignored. */
export const OPERATION = "openmcp.cloud/operation";

const tenants = new Map<string, string>();

/** The namespace on the platform of the tenant whose OCM object this is. */
export function tenantOf({ metadata: { name, namespace = "" } }: Pick<Obj, "metadata">): string {
  const key = `${namespace}/${name}`;
  const tenant = tenants.get(key) ?? tenantNamespace(name, namespace);
  tenants.set(key, tenant);
  return tenant;
}

/** Whether an OCM object says of its present generation that it is Ready. */
export function claimsReady(order: Obj): boolean {
  return claims(order, "Ready");
}

/** Whether an object says of its present generation that a condition is True. */
export function claims(object: Obj, type: string): boolean {
  const isPresent = valueAt(object, "status", "observedGeneration") === object.metadata.generation;
  return statusOf(object, type) === "True" && isPresent;
}

/** The status of a condition; empty when there is none. */
export function statusOf(object: Obj, type: string): string {
  return textAt(conditionOf(object, type), "status");
}

/** A condition of an object. */
export function conditionOf(object: Obj, type: string): unknown {
  return listAt(object, "status", "conditions").find((one) => textAt(one, "type") === type);
}

/** The chart version that has to run where an order is Ready: with a leading v it can be Ready only by what is on offer. */
export function versionOf(order: Obj | undefined): string {
  return textAt(order, "spec", "version").replace(/^v(?=\d)/, "");
}
