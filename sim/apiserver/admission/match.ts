import type { Obj } from "../../object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../value-at.ts";
import type { Registry } from "../registry/registry.ts";
import type { Resource } from "../registry/resource.ts";
import { parseLabelSelector } from "../request/label-selector.ts";
import type { Storage } from "../storage/storage.ts";

/** A write as policies look at it. `before` is absent when the object is created. */
export type Admitted = {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly resource: Resource;
  readonly subresource: string;
  readonly before: Obj | undefined;
  readonly after: Obj;
};

/** Whether the constraints of a policy, or of a binding, are about a write. */
export function matchesConstraints(constraints: unknown, write: Admitted): boolean {
  const rules = listAt(constraints, "resourceRules");
  const isExact = textAt(constraints, "matchPolicy") === "Exact";
  const isMeant = (rule: unknown): boolean => matchesRule(rule, write, isExact);
  return (
    matchesNamespace(valueAt(constraints, "namespaceSelector"), write) &&
    matchesObject(valueAt(constraints, "objectSelector"), write) &&
    !listAt(constraints, "excludeResourceRules").some(isMeant) &&
    (rules.length === 0 || rules.some(isMeant))
  );
}

function matchesRule(rule: unknown, write: Admitted, isExact: boolean): boolean {
  const { resource, before, after } = write;
  const has = (field: string, value: string): boolean => {
    const values = listAt(rule, field);
    return values.includes("*") || values.includes(value);
  };
  const names = listAt(rule, "resourceNames");
  const scope = textAt(rule, "scope");
  return (
    has("operations", before === undefined ? "CREATE" : "UPDATE") &&
    has("apiGroups", resource.group) &&
    versionsOf(write, isExact).some((version) => has("apiVersions", version)) &&
    hasResource(listAt(rule, "resources"), write) &&
    ["", "*", resource.namespaced ? "Namespaced" : "Cluster"].includes(scope) &&
    (names.length === 0 || names.includes(after.metadata.name))
  );
}

function hasResource(values: readonly unknown[], { resource: { plural }, subresource }: Admitted): boolean {
  const names =
    subresource === "" ? [plural, "*"] : [`${plural}/${subresource}`, `*/${subresource}`, `${plural}/*`, "*/*"];
  return names.some((name) => values.includes(name));
}

// A rule for one version is about the same object in every other version too, unless it says otherwise.
function versionsOf({ registry, resource }: Admitted, isExact: boolean): readonly string[] {
  const same = registry.all().filter(({ collection }) => collection === resource.collection);
  return isExact ? [resource.version] : same.map(({ version }) => version);
}

function matchesNamespace(selector: unknown, { storage, after, resource }: Admitted): boolean {
  if (!resource.namespaced) {
    return true;
  }
  const namespace = storage.collection("namespaces").get(after.metadata.namespace ?? "");
  return selects(selector, namespace?.metadata.labels ?? {});
}

function matchesObject(selector: unknown, { before, after }: Admitted): boolean {
  return [after, before].some((object) => object !== undefined && selects(selector, object.metadata.labels ?? {}));
}

/** Whether a `metav1.LabelSelector` selects the labels. An empty one selects everything. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.keys(objectAt(selector, "matchLabels")).map(
    (key) => `${key}=${textAt(selector, "matchLabels", key)}`,
  );
  const others = listAt(selector, "matchExpressions").map((expression) => {
    const key = textAt(expression, "key");
    const values = listAt(expression, "values").map(String).join(",");
    switch (textAt(expression, "operator")) {
      case "In":
        return `${key} in (${values})`;
      case "NotIn":
        return `${key} notin (${values})`;
      case "Exists":
        return key;
      default:
        return `!${key}`;
    }
  });
  return parseLabelSelector([...equal, ...others].join(","))(labels);
}
