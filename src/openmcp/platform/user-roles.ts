import type { ApplyConfiguration, KubeClient } from "../../kube/client.ts";
import { type ClusterRole, clusterRoles } from "../../kube/core.ts";
import type { Resource } from "../../kube/resource.ts";
import type { PolicyRule } from "./kinds.ts";
import { labelValue, MANAGED_BY_LABEL } from "./tenant-access.ts";
import { isManaged } from "./ownership.ts";
import type { WaitDeps } from "./wait-for-object.ts";

/** The kinds on the onboarding cluster whose objects users may read, or read and write. */
export type UserKinds = {
  /** Those of the provider, in the order of their API groups: the first gives the roles their names. */
  readonly written: readonly [Resource, ...Resource[]];
  /** Value of the label `openmcp.cloud/managed-by`. */
  readonly controller: string;
};

const READ = ["get", "list", "watch"] as const;
const WRITE = ["create", "update", "patch", "delete", "deletecollection"] as const;
const AGGREGATE_TO = "rbac.authorization.k8s.io/aggregate-to-";

/** Every right that the roles for users give. Whoever applies the roles needs all of them. */
export function grantedRules({ written }: UserKinds): readonly PolicyRule[] {
  return written.map(({ group, plural }) => ({
    apiGroups: [group],
    resources: [plural],
    verbs: [...READ, ...WRITE],
  }));
}

/** Names of the roles for users. */
export function userRoleNames({ written: [{ plural, group }] }: UserKinds): readonly string[] {
  return ["view", "edit"].map((role) => `${plural}.${group}:${role}`);
}

/**
 * ClusterRoles that give the provider's kinds to everybody who has the roles `view`, `edit` or `admin`.
 *
 * `edit` includes `view`, and `admin` includes `edit`, by the aggregation that Kubernetes sets up itself.
 */
function userRoles(kinds: UserKinds): readonly ApplyConfiguration[] {
  const [view = "", edit = ""] = userRoleNames(kinds);
  const rules = (verbs: readonly string[]): readonly PolicyRule[] =>
    kinds.written.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs }));
  return [
    userRole(view, rules(READ), { kinds, roles: ["view"] }),
    userRole(edit, rules(WRITE), { kinds, roles: ["edit", "admin"] }),
  ];
}

function userRole(
  name: string,
  rules: readonly PolicyRule[],
  { kinds, roles }: { readonly kinds: UserKinds; readonly roles: readonly string[] },
): ApplyConfiguration {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: clusterRoles.kind,
    metadata: {
      name,
      labels: {
        [MANAGED_BY_LABEL]: labelValue(kinds.controller),
        ...Object.fromEntries(roles.map((role) => [`${AGGREGATE_TO}${role}`, "true"])),
      },
    },
    rules,
  };
}

/** Creates or updates the ClusterRoles for users. One of somebody else is left as it is. */
export async function applyUserRoles(
  client: Pick<KubeClient, "find" | "apply">,
  { kinds, fieldManager }: { readonly kinds: UserKinds; readonly fieldManager: string },
  { log, signal }: Pick<WaitDeps, "log" | "signal">,
): Promise<void> {
  const labels = { [MANAGED_BY_LABEL]: labelValue(kinds.controller) };
  for (const role of userRoles(kinds)) {
    const clusterRole = role.metadata.name;
    const existing: ClusterRole | undefined = await client.find(clusterRoles, role.metadata, signal);
    if (existing !== undefined && !isManaged(existing, { labels, fieldManager })) {
      log.warn({ clusterRole }, "the ClusterRole is not managed by this provider, leaving it as it is");
    } else {
      await client.apply(clusterRoles, role, { fieldManager, force: true, signal });
      log.info({ clusterRole }, "applied ClusterRole");
    }
  }
}
