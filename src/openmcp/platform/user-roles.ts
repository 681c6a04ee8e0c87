import type { ApplyConfiguration, KubeClient } from "../../kube/client.ts";
import { clusterRoleBindings, clusterRoles } from "../../kube/core.ts";
import { apiVersionOf, type Resource } from "../../kube/resource.ts";
import type { PolicyRule } from "./kinds.ts";
import { managedByLabel } from "./tenant-access.ts";
import { isManaged } from "./ownership.ts";
import type { WaitDeps } from "./wait-for-object.ts";

/** The kinds on the onboarding cluster whose objects users may read, or read and write. */
export type UserKinds = {
  /** Those of the provider, in the order of their API groups: the first gives the roles their names. */
  readonly written: readonly [Resource, ...Resource[]];
  /** One that every user may read. */
  readonly known?: Resource;
  /** Value of the label `openmcp.cloud/managed-by`. */
  readonly controller: string;
};

const READ = ["get", "list", "watch"] as const;
const WRITE = ["create", "update", "patch", "delete", "deletecollection"] as const;
const AGGREGATE_TO = "rbac.authorization.k8s.io/aggregate-to-";

/** Every right that the roles for users give. Whoever applies the roles needs all of them. */
export function grantedRules({ written, known }: UserKinds): readonly PolicyRule[] {
  return [...rulesOn(written, [...READ, ...WRITE]), ...(known === undefined ? [] : rulesOn([known], READ))];
}

/** Rights that whoever applies the roles needs on the roles themselves. */
export function rulesOnRoles(kinds: UserKinds): readonly PolicyRule[] {
  return [clusterRoles, clusterRoleBindings].flatMap(({ group, plural, kind }) => {
    const named = userRoles(kinds).filter((object) => object.kind === kind);
    const resourceNames = named.map(({ metadata }) => metadata.name);
    const verbs = ["get", "create", "patch"];
    return named.length === 0 ? [] : [{ apiGroups: [group], resources: [plural], resourceNames, verbs }];
  });
}

function rulesOn(resources: readonly Resource[], verbs: readonly string[]): readonly PolicyRule[] {
  return resources.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs }));
}

/**
 * Builds ClusterRoles that give the provider's kinds to everybody who has the roles `view`, `edit` or `admin`. Pure.
 *
 * `edit` includes `view`, and `admin` includes `edit`, by the aggregation that Kubernetes sets up itself. A kind of the
 * whole cluster is in no role that is bound in a namespace: one that all may read has a binding of its own.
 */
function userRoles(kinds: UserKinds): readonly ApplyConfiguration[] {
  const { written, known } = kinds;
  return [
    roleFor("view", kinds, { aggregateTo: ["view"], rules: rulesOn(written, READ) }),
    roleFor("edit", kinds, { aggregateTo: ["edit", "admin"], rules: rulesOn(written, WRITE) }),
    ...(known === undefined
      ? []
      : [roleFor("everybody", kinds, { rules: rulesOn([known], READ) }), bindingFor("everybody", kinds)]),
  ];
}

function roleFor(
  role: string,
  kinds: UserKinds,
  { aggregateTo = [], rules }: { readonly aggregateTo?: readonly string[]; readonly rules: readonly PolicyRule[] },
): ApplyConfiguration {
  const labels = Object.fromEntries(aggregateTo.map((target) => [`${AGGREGATE_TO}${target}`, "true"]));
  return { ...identityOf(clusterRoles, role, kinds, labels), rules };
}

function bindingFor(role: string, kinds: UserKinds): ApplyConfiguration {
  const identity = identityOf(clusterRoleBindings, role, kinds);
  const { group: apiGroup, kind } = clusterRoles;
  return {
    ...identity,
    roleRef: { apiGroup, kind, name: identity.metadata.name },
    subjects: [{ apiGroup, kind: "Group", name: "system:authenticated" }],
  };
}

function identityOf(
  resource: Resource,
  role: string,
  kinds: UserKinds,
  labels: Readonly<Record<string, string>> = {},
): ApplyConfiguration {
  const [{ plural, group }] = kinds.written;
  const metadata = { name: `${plural}.${group}:${role}`, labels: { ...managedByLabel(kinds.controller), ...labels } };
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
}

/** Creates or updates the ClusterRoles for users, and their bindings. Those of somebody else are left as they are. */
export async function applyUserRoles(
  client: Pick<KubeClient, "find" | "apply">,
  { kinds, fieldManager }: { readonly kinds: UserKinds; readonly fieldManager: string },
  { log, signal }: Pick<WaitDeps, "log" | "signal">,
): Promise<void> {
  const marks = { labels: managedByLabel(kinds.controller), fieldManager };
  const foreign = new Set<string>();
  for (const object of userRoles(kinds)) {
    const { kind, metadata } = object;
    const resource = kind === clusterRoles.kind ? clusterRoles : clusterRoleBindings;
    const existing = await client.find(resource, metadata, signal);
    // A binding has the name of its role: to bind a role of somebody else would give away what they have put into it.
    if (foreign.has(metadata.name) || (existing !== undefined && !isManaged(existing, marks))) {
      foreign.add(metadata.name);
      log.warn({ kind, name: metadata.name }, "not managed by this provider, leaving it as it is");
    } else {
      await client.apply(resource, object, { fieldManager, force: true, signal });
      log.info({ kind, name: metadata.name }, "applied rights of users");
    }
  }
}
