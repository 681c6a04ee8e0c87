import { difference, type FieldSet, fieldSetOf, withoutTopLevel } from "./field-set.ts";

const IDENTITY = ["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation"];
const BOOKKEEPING = ["managedFields", "resourceVersion"];

const UNTRACKED: FieldSet = fieldSetOf([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[...IDENTITY, ...BOOKKEEPING].map((field) => ["f:metadata", `f:${field}`]),
]);

/** Without the fields that nobody owns because the server keeps them. */
export function trackedFields(fields: FieldSet): FieldSet {
  return difference(fields, UNTRACKED);
}

/** Without the top-level fields that the endpoint does not write, for example `spec` at `/status`. */
export function writtenFields(fields: FieldSet, reset: readonly string[]): FieldSet {
  return withoutTopLevel(
    fields,
    reset.map((field) => `f:${field}`),
  );
}
