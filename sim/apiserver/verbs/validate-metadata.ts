import { writeJson } from "../../json.ts";
import type { Metadata, Obj } from "../../object.ts";
import type { Violation } from "../api/api-error.ts";
import type { Resource } from "../registry/resource.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["orphan", "foregroundDeletion", "kubernetes"]);
const ANNOTATIONS_LIMIT = 256 * 1024;

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const LABEL_KEY_RULE = NAME_PART_RULE.replace("name part must", "a valid label key must");

/** Rules for the metadata of a new object. */
export function validateMetadata(resource: Resource, { metadata }: Obj): readonly Violation[] {
  return [
    ...validateName(resource, metadata),
    ...validateLabels(metadata),
    ...validateAnnotations(metadata),
    ...validateFinalizers(resource, metadata),
    ...validateOwners(metadata),
  ];
}

/** Rules for a change of metadata. */
export function validateMetadataUpdate(before: Metadata, after: Metadata): readonly Violation[] {
  const fields = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"] as const;
  const changed = fields
    .filter((field) => before[field] !== after[field])
    .map((field) => invalidValue(`metadata.${field}`, after[field] ?? "", "field is immutable"));
  return [...changed, ...validateNewFinalizers(before, after)];
}

function validateNewFinalizers(before: Metadata, after: Metadata): readonly Violation[] {
  const added = (after.finalizers ?? []).filter((finalizer) => before.finalizers?.includes(finalizer) !== true);
  if (before.deletionTimestamp === undefined || added.length === 0) {
    return [];
  }
  const list = `[]string{${added.map((finalizer) => writeJson(finalizer)).join(", ")}}`;
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [{ field: "metadata.finalizers", reason: "FieldValueForbidden", message }];
}

function validateName({ strategy }: Resource, { name }: Metadata): readonly Violation[] {
  const broken = { segment: brokenSegmentRule, label: brokenLabelRule, subdomain: brokenSubdomainRule }[
    strategy.nameRule
  ](name);
  return broken === undefined ? [] : [invalidValue("metadata.name", name, broken)];
}

function brokenSegmentRule(name: string): string | undefined {
  const bad = name === "." || name === ".." || /[/%]/.test(name);
  return bad ? "may not contain '/' or '%', or be '.' or '..'" : undefined;
}

function brokenLabelRule(name: string): string | undefined {
  if (name.includes(".")) {
    return "must not contain dots";
  }
  if (name.length > 63) {
    return "must be no more than 63 bytes";
  }
  return LABEL.test(name) ? undefined : LABEL_RULE;
}

function brokenSubdomainRule(name: string): string | undefined {
  if (name.length > 253) {
    return "must be no more than 253 bytes";
  }
  return SUBDOMAIN.test(name) ? undefined : SUBDOMAIN_RULE;
}

function validateLabels({ labels = {} }: Metadata): readonly Violation[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...validateKey("metadata.labels", key),
    ...validateLabelValue(value),
  ]);
}

function validateLabelValue(value: string): readonly Violation[] {
  if (value.length > 63) {
    return [invalidValue("metadata.labels", value, "must be no more than 63 bytes")];
  }
  return LABEL_VALUE.test(value) ? [] : [invalidValue("metadata.labels", value, VALUE_RULE)];
}

function validateAnnotations({ annotations = {} }: Metadata): readonly Violation[] {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const keys = Object.keys(annotations).flatMap((key) => validateKey("metadata.annotations", key.toLowerCase()));
  if (size <= ANNOTATIONS_LIMIT) {
    return keys;
  }
  const message = `Too long: may not be more than ${String(ANNOTATIONS_LIMIT)} bytes`;
  return [...keys, { field: "metadata.annotations", reason: "FieldValueTooLong", message }];
}

function validateFinalizers({ strategy }: Resource, { finalizers = [] }: Metadata): readonly Violation[] {
  const both = finalizers.includes("orphan") && finalizers.includes("foregroundDeletion");
  const conflict = both
    ? [invalidValue("metadata.finalizers", finalizers, "finalizer orphan and foregroundDeletion cannot be both set")]
    : [];
  // Only built-ins insist on a domain and a slash: Flux's own finalizer on its custom resources has none.
  const isCustom = strategy.schema !== undefined;
  return [
    ...finalizers.flatMap((finalizer, index) =>
      isCustom ? validateKey("metadata.finalizers", finalizer) : validateFinalizer(finalizer, index),
    ),
    ...conflict,
  ];
}

function validateFinalizer(finalizer: string, index: number): readonly Violation[] {
  if (finalizer.includes("/") || STANDARD_FINALIZERS.has(finalizer)) {
    return validateKey("metadata.finalizers", finalizer);
  }
  const rule = "name is neither a standard finalizer name nor is it fully qualified";
  return [invalidValue(`metadata.finalizers[${String(index)}]`, finalizer, rule)];
}

function validateOwners({ ownerReferences = [] }: Metadata): readonly Violation[] {
  const missing = ownerReferences.flatMap((owner) =>
    (["apiVersion", "kind", "name", "uid"] as const)
      .filter((field) => owner[field] === "" || typeof owner[field] !== "string")
      .map((field) => invalidValue(`metadata.ownerReferences.${field}`, "", "must not be empty")),
  );
  const controllers = ownerReferences.filter(({ controller }) => controller === true);
  if (controllers.length <= 1) {
    return missing;
  }
  const names = controllers.map(({ name }) => name).join(", ");
  const rule = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
  return [...missing, invalidValue("metadata.ownerReferences", names, rule)];
}

function validateKey(field: string, key: string): readonly Violation[] {
  const slash = key.indexOf("/");
  if (slash !== key.lastIndexOf("/")) {
    return [
      invalidValue(
        field,
        key,
        `${LABEL_KEY_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ),
    ];
  }
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== undefined && !SUBDOMAIN.test(prefix)) {
    return [invalidValue(field, key, `prefix part ${SUBDOMAIN_RULE}`)];
  }
  if (name.length > 63) {
    return [invalidValue(field, key, "name part must be no more than 63 bytes")];
  }
  return QUALIFIED_NAME.test(name) ? [] : [invalidValue(field, key, NAME_PART_RULE)];
}

function invalidValue(field: string, value: unknown, rule: string): Violation {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${writeJson(value)}: ${rule}` };
}
