import type { Obj } from "../object.ts";
import { valueAt } from "../value-at.ts";
import type { ToolkitWorkload } from "./toolkit-deployment.ts";

const API_GROUP = "rbac.authorization.k8s.io";
const RBAC = { apiVersion: `${API_GROUP}/v1` };

/** What the toolkit's controller may do, and, from 0.13.0 on, what users of the cluster may do with its kinds. */
export function toolkitRoles(workload: ToolkitWorkload, resources: readonly string[]): readonly Obj[] {
  const { fullname, target, values, since } = workload;
  const kinds = (verbs: readonly string[]): Rule => ({ apiGroups: ["delivery.ocm.software"], resources, verbs });
  const own: Readonly<Record<string, Rule>> = {
    "manager-role": kinds(["*"]),
    ...(since("0.16.0") && {
      "namespaceddeployer-impersonation-role": {
        apiGroups: [""],
        resources: ["serviceaccounts"],
        verbs: ["impersonate"],
      },
    }),
  };
  const areAggregated = since("0.13.0") && valueAt(values, "rbacHelpers", "aggregateToDefaultRoles") !== false;
  const aggregated = [
    aggregate(`${fullname}-aggregate-to-edit`, ["edit", "admin"], kinds(["create", "delete", "patch", "update"])),
    aggregate(`${fullname}-aggregate-to-view`, ["view"], kinds(["get", "list", "watch"])),
  ];
  const named = Object.entries(own).map(([name, rule]) => [`${fullname}-${name}`, rule] as const);
  const leader = `${fullname}-leader-election-role`;
  const { namespace } = target;
  const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["*"] };
  return [
    ...named.map(([name, rule]) => ({ ...RBAC, kind: "ClusterRole", metadata: { name }, rules: [rule] })),
    ...(areAggregated ? aggregated : []),
    ...named.map(([name]) => bind({ kind: "ClusterRole", name }, workload)),
    { ...RBAC, kind: "Role", metadata: { name: leader, namespace }, rules: [leases] },
    bind({ kind: "Role", name: leader, namespace }, workload),
  ];
}

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
};

type Role = { readonly kind: string; readonly name: string; readonly namespace?: string };

function bind({ kind, name, namespace }: Role, { fullname, target }: ToolkitWorkload): Obj {
  return {
    ...RBAC,
    kind: `${kind}Binding`,
    metadata: { name: `${name}binding`, ...(namespace !== undefined && { namespace }) },
    roleRef: { apiGroup: API_GROUP, kind, name },
    subjects: [{ kind: "ServiceAccount", name: `${fullname}-controller-manager`, namespace: target.namespace }],
  };
}

function aggregate(name: string, into: readonly string[], rule: Rule): Obj {
  const labels = Object.fromEntries(into.map((role) => [`${API_GROUP}/aggregate-to-${role}`, "true"]));
  return { ...RBAC, kind: "ClusterRole", metadata: { name, labels }, rules: [rule] };
}
