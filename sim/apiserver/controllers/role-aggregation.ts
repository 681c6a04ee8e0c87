import { deepEqual } from "../../deep-equal.ts";
import type { Obj } from "../../object.ts";
import { listAt, objectAt } from "../../value-at.ts";
import type { Core } from "../verbs/call.ts";

/** Collection of the ClusterRoles. */
export const CLUSTER_ROLES = "clusterroles.rbac.authorization.k8s.io";

/** Gives every ClusterRole with an aggregation rule the rules of the ClusterRoles that it selects. */
export function aggregateRoles({ storage }: Core): void {
  const roles = storage.collection(CLUSTER_ROLES).list();
  for (const role of roles) {
    const selectors = listAt(role, "aggregationRule", "clusterRoleSelectors");
    const rules = selectors.length === 0 ? role["rules"] : aggregated(role, roles);
    if (!deepEqual(rules, role["rules"] ?? [])) {
      storage.put(CLUSTER_ROLES, { ...role, rules });
    }
  }
}

function aggregated(role: Obj, roles: readonly Obj[]): readonly unknown[] {
  const rules: unknown[] = [];
  for (const selector of listAt(role, "aggregationRule", "clusterRoleSelectors")) {
    const labels = Object.entries(objectAt(selector, "matchLabels"));
    const selected = roles.filter(
      ({ metadata }) =>
        metadata.name !== role.metadata.name && labels.every(([key, value]) => metadata.labels?.[key] === value),
    );
    for (const rule of selected.toSorted(byName).flatMap((one) => listAt(one, "rules"))) {
      if (!rules.some((known) => deepEqual(known, rule))) {
        rules.push(rule);
      }
    }
  }
  return rules;
}

function byName(left: Obj, right: Obj): number {
  return left.metadata.name < right.metadata.name ? -1 : 1;
}
