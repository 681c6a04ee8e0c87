import type { Obj } from "../../object.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import type { Storage } from "../storage/storage.ts";
import type { Attributes } from "./attributes.ts";
import type { User } from "./tokens.ts";

/** `rbacv1.PolicyRule`. */
export type PolicyRule = {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
};

const SUPERUSERS = "system:masters";
const RBAC_GROUP = "rbac.authorization.k8s.io";

/** Whether the roles that are bound to `user` allow what `attributes` describe. */
export function isAllowed(storage: Storage, user: User, attributes: Attributes): boolean {
  if (isSuperuser(user)) {
    return true;
  }
  return rulesFor(storage, user, attributes.namespace).some((rule) => ruleAllows(rule, attributes));
}

/** Whether no rule is asked for what `user` may do. */
export function isSuperuser(user: User): boolean {
  return user.groups.includes(SUPERUSERS);
}

/** All rules that bind `user` in `namespace` (`""`: cluster-wide ones only). */
export function rulesFor(storage: Storage, user: User, namespace: string): readonly PolicyRule[] {
  const bindings = [
    ...storage.collection(`clusterrolebindings.${RBAC_GROUP}`).list(),
    ...storage
      .collection(`rolebindings.${RBAC_GROUP}`)
      .list()
      .filter((binding) => namespace !== "" && binding.metadata.namespace === namespace),
  ];
  return bindings.filter((binding) => binds(binding, user)).flatMap((binding) => rulesOf(storage, binding));
}

function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!matches(rule.verbs, attributes.verb)) {
    return false;
  }
  if (attributes.resource === undefined) {
    return rule.nonResourceURLs.some((pattern) => matchesPath(pattern, attributes.path));
  }
  return (
    matches(rule.apiGroups, attributes.group) &&
    matchesResource(rule.resources, attributes.resource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name))
  );
}

function matches(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes("*") || allowed.includes(wanted);
}

/** Whether the resources of a rule include `resource`, which is `secrets`, or `ocms/status`. */
export function matchesResource(allowed: readonly string[], resource: string): boolean {
  const [, subresource] = resource.split("/");
  // `*/status` stands for that subresource of everything.
  return matches(allowed, resource) || (subresource !== undefined && allowed.includes(`*/${subresource}`));
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

function binds(binding: Obj, user: User): boolean {
  return listAt(binding, "subjects").some((subject) => {
    const name = textAt(subject, "name");
    switch (textAt(subject, "kind")) {
      case "User":
        return name === user.name;
      case "Group":
        return user.groups.includes(name);
      case "ServiceAccount":
        return (
          user.name ===
          `system:serviceaccount:${textAt(subject, "namespace") || (binding.metadata.namespace ?? "")}:${name}`
        );
      default:
        return false;
    }
  });
}

function rulesOf(storage: Storage, binding: Obj): readonly PolicyRule[] {
  return listAt(roleBehind(storage, binding), "rules").map(ruleOf);
}

/** The role that a binding names. */
export function roleBehind(storage: Storage, binding: Obj): Obj | undefined {
  const name = textAt(binding, "roleRef", "name");
  const isCluster = textAt(binding, "roleRef", "kind") === "ClusterRole";
  return isCluster
    ? storage.collection(`clusterroles.${RBAC_GROUP}`).get(name)
    : storage.collection(`roles.${RBAC_GROUP}`).get(`${binding.metadata.namespace ?? ""}/${name}`);
}

/** Reads a rule of a role. */
export function ruleOf(rule: unknown): PolicyRule {
  const texts = (field: string): readonly string[] => listAt(valueAt(rule, field)).map(String);
  return {
    verbs: texts("verbs"),
    apiGroups: texts("apiGroups"),
    resources: texts("resources"),
    resourceNames: texts("resourceNames"),
    nonResourceURLs: texts("nonResourceURLs"),
  };
}
