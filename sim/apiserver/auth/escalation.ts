import type { Obj } from "../../object.ts";
import { listAt, textAt } from "../../value-at.ts";
import { ApiError, forbidden } from "../api/api-error.ts";
import type { Resource } from "../registry/resource.ts";
import { subjectOf } from "../registry/resource.ts";
import type { Storage } from "../storage/storage.ts";
import { isAllowed, isSuperuser, matchesResource, type PolicyRule, roleBehind, ruleOf, rulesFor } from "./rbac.ts";
import type { User } from "./tokens.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";

/** Who writes a role or a binding. */
export type Granting = { readonly storage: Storage; readonly resource: Resource; readonly user: User };

/** Refuses a role with rights that its writer does not have, and a binding to such a role. */
export function checkEscalation({ storage, resource, user }: Granting, object: Obj): void {
  if (resource.group !== RBAC_GROUP || isSuperuser(user) || mayEscalate({ storage, resource, user }, object)) {
    return;
  }
  const namespace = object.metadata.namespace ?? "";
  const owned = rulesFor(storage, user, namespace);
  const missing = rulesIn(storage, object)
    .flatMap(breakDown)
    .filter((rule) => !owned.some((own) => covers(own, rule)));
  if (missing.length > 0) {
    const groups = `[${user.groups.map((group) => JSON.stringify(group)).join(" ")}]`;
    const why = `user "${user.name}" (groups=${groups}) is attempting to grant RBAC permissions not currently held:`;
    throw refused(resource, object, `${why}\n${describeRules(missing)}`);
  }
}

// The one right that stands for all others: `escalate` on the role, `bind` on the role that a binding names.
function mayEscalate({ storage, resource, user }: Granting, object: Obj): boolean {
  const isBinding = object.kind.endsWith("Binding");
  const roleKind = textAt(object, "roleRef", "kind");
  return isAllowed(storage, user, {
    verb: isBinding ? "bind" : "escalate",
    path: "",
    group: RBAC_GROUP,
    resource: isBinding ? `${roleKind.toLowerCase()}s` : resource.plural,
    namespace: object.metadata.namespace ?? "",
    name: isBinding ? textAt(object, "roleRef", "name") : object.metadata.name,
  });
}

function rulesIn(storage: Storage, object: Obj): readonly PolicyRule[] {
  if (!object.kind.endsWith("Binding")) {
    return listAt(object, "rules").map(ruleOf);
  }
  const role = roleBehind(storage, object);
  if (role === undefined) {
    const subject = {
      group: RBAC_GROUP,
      kind: `${textAt(object, "roleRef", "kind").toLowerCase()}s`,
      name: textAt(object, "roleRef", "name"),
    };
    const message = `${subject.kind}.${subject.group} "${subject.name}" not found`;
    throw new ApiError({ code: 404, reason: "NotFound", message, subject });
  }
  return listAt(role, "rules").map(ruleOf);
}

function refused(resource: Resource, object: Obj, why: string): ApiError {
  return forbidden(subjectOf(resource, object.metadata.name), why);
}

/** Rules that each name one thing only. */
function breakDown(rule: PolicyRule): readonly PolicyRule[] {
  const none = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((name) => [name]);
  const onResources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((resourceNames) => {
          return { ...none, apiGroups: [group], resources: [resource], verbs: [verb], resourceNames };
        }),
      ),
    ),
  );
  const onPaths = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => ({ ...none, nonResourceURLs: [url], verbs: [verb] })),
  );
  return [...onResources, ...onPaths];
}

function covers(owned: PolicyRule, rule: PolicyRule): boolean {
  return (
    has(owned.verbs, rule.verbs) &&
    has(owned.apiGroups, rule.apiGroups) &&
    rule.resources.every((resource) => matchesResource(owned.resources, resource)) &&
    rule.nonResourceURLs.every((url) => owned.nonResourceURLs.some((own) => coversPath(own, url))) &&
    (owned.resourceNames.length === 0 ||
      (rule.resourceNames.length > 0 && rule.resourceNames.every((name) => owned.resourceNames.includes(name))))
  );
}

function has(all: readonly string[], wanted: readonly string[]): boolean {
  return all.includes("*") || wanted.every((one) => all.includes(one));
}

function coversPath(owned: string, url: string): boolean {
  return owned === url || (owned.endsWith("*") && url.startsWith(owned.replace(/\*+$/u, "")));
}

function describeRules(rules: readonly PolicyRule[]): string {
  const verbs = new Map<string, string[]>();
  for (const rule of rules) {
    const texts = [
      textOf("APIGroups", rule.apiGroups),
      textOf("Resources", rule.resources),
      textOf("NonResourceURLs", rule.nonResourceURLs),
      textOf("ResourceNames", rule.resourceNames),
    ];
    const about = texts.filter((text) => text !== "").join(", ");
    verbs.set(about, [...(verbs.get(about) ?? []), ...rule.verbs]);
  }
  return Array.from(verbs, ([about, all]) => `{${about}, ${textOf("Verbs", all)}}`)
    .toSorted()
    .join("\n");
}

function textOf(field: string, values: readonly string[]): string {
  return values.length === 0 ? "" : `${field}:[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}
