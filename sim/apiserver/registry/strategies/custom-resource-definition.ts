import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { Obj } from "../../../object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../../value-at.ts";
import type { Violation } from "../../api/api-error.ts";
import { customResourcesOf } from "../custom-resources.ts";
import { PLAIN_STRATEGY, type Strategy, type Transition } from "../resource.ts";

/** CustomResourceDefinitions: names are completed, the storage version is remembered. */
export const crdStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  allowsUnconditionalUpdate: false,
  hasGeneration: true,
  defaults: ({ after }) => withNames(after),
  prepare: ({ before, after }) => ({
    ...after,
    status: before === undefined ? freshStatus(after) : withStoredVersion(after),
  }),
  validate,
};

function withNames(crd: Obj): Obj {
  const names = valueAt(crd, "spec", "names");
  const kind = textAt(names, "kind");
  const spec = {
    conversion: { strategy: "None" },
    ...objectAt(crd, "spec"),
    names: { listKind: `${kind}List`, singular: kind.toLowerCase(), ...(isJsonObject(names) && names) },
  };
  return { ...crd, spec };
}

function freshStatus(crd: Obj): JsonObject {
  const storage = storageVersionOf(crd);
  return { acceptedNames: { kind: "", plural: "" }, conditions: null, storedVersions: storage === "" ? [] : [storage] };
}

function withStoredVersion(crd: Obj): unknown {
  const status = crd["status"];
  const storage = storageVersionOf(crd);
  const stored = listAt(status, "storedVersions");
  if (!isJsonObject(status) || stored.includes(storage)) {
    return status;
  }
  return { ...status, storedVersions: [...stored, storage] };
}

function storageVersionOf(crd: Obj): string {
  const version = listAt(crd, "spec", "versions").find((candidate) => valueAt(candidate, "storage") === true);
  return textAt(version, "name");
}

function validate({ after }: Transition): readonly Violation[] {
  const violations = [...validateName(after), ...validateRequired(after), ...validateStorageVersion(after)];
  return violations.length > 0 ? violations : validateSchemas(after);
}

// A rule that cannot be evaluated is refused here, where somebody sees it, instead of passing everything later.
function validateSchemas(crd: Obj): readonly Violation[] {
  try {
    customResourcesOf(crd);
    return [];
  } catch (cause) {
    const message = `Invalid value: ${cause instanceof Error ? cause.message : String(cause)}`;
    return [{ field: "spec.versions", reason: "FieldValueInvalid", message }];
  }
}

function validateName(crd: Obj): readonly Violation[] {
  const expected = `${textAt(crd, "spec", "names", "plural")}.${textAt(crd, "spec", "group")}`;
  if (crd.metadata.name === expected) {
    return [];
  }
  const message = `Invalid value: "${crd.metadata.name}": must be spec.names.plural+"."+spec.group`;
  return [{ field: "metadata.name", reason: "FieldValueInvalid", message }];
}

function validateRequired(crd: Obj): readonly Violation[] {
  const paths = ["spec.group", "spec.names.plural", "spec.names.kind", "spec.scope"];
  return paths
    .filter((path) => textAt(crd, ...path.split(".")) === "")
    .map((field) => ({ field, reason: "FieldValueRequired", message: "Required value" }));
}

function validateStorageVersion(crd: Obj): readonly Violation[] {
  const versions = listAt(crd, "spec", "versions");
  if (versions.filter((version) => valueAt(version, "storage") === true).length === 1) {
    return versions.flatMap(validateSchemaPresent);
  }
  const message = `Invalid value: ${JSON.stringify(versions.map((version) => textAt(version, "name")))}: must have exactly one version marked as storage version`;
  return [{ field: "spec.versions", reason: "FieldValueInvalid", message }];
}

function validateSchemaPresent(version: unknown, index: number): readonly Violation[] {
  if (isJsonObject(valueAt(version, "schema", "openAPIV3Schema"))) {
    return [];
  }
  const field = `spec.versions[${String(index)}].schema.openAPIV3Schema`;
  return [{ field, reason: "FieldValueRequired", message: "Required value: schemas are required" }];
}
