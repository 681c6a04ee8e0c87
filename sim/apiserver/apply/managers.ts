import { isJsonObject } from "../../json.ts";
import type { ManagedFieldsEntry, Obj } from "../../object.ts";
import { type FieldSet, isEmptySet } from "./field-set.ts";
import { fromFieldsV1, toFieldsV1 } from "./fields-v1.ts";

/** One manager of an object and the fields it owns. */
export type Manager = Omit<ManagedFieldsEntry, "fieldsV1" | "fieldsType"> & { readonly fields: FieldSet };

/** The managers of an object by identity. */
export type Managers = ReadonlyMap<string, Manager>;

/** Two entries of the same identity are one: an applier is the same in every API version. */
export function managerId(manager: Omit<Manager, "fields" | "time">): string {
  const { operation, subresource = "" } = manager;
  const version = operation === "Apply" ? "" : manager.apiVersion;
  return JSON.stringify([manager.manager ?? "", operation, version, subresource]);
}

/** Reads `metadata.managedFields`. */
export function readManagers(object: Obj | undefined): Managers {
  const entries = object?.metadata.managedFields ?? [];
  return new Map(
    entries.map(({ fieldsV1, fieldsType: _type, ...entry }) => {
      const fields = fromFieldsV1(isJsonObject(fieldsV1) ? fieldsV1 : {});
      return [managerId(entry), { ...entry, fields }] as const;
    }),
  );
}

/** The object with these managers as its `metadata.managedFields`, in the order the API server writes them. */
export function withManagers(object: Obj, managers: Managers): Obj {
  const { managedFields: _before, ...metadata } = object.metadata;
  const entries = [...managers.values()].filter(({ fields }) => !isEmptySet(fields)).map(entryOf);
  if (entries.length === 0) {
    return { ...object, metadata };
  }
  return { ...object, metadata: { ...metadata, managedFields: entries.toSorted(byAge) } };
}

/** The managers with some of them changed. */
export function mapFields(managers: Managers, change: (manager: Manager, id: string) => FieldSet): Managers {
  const changed = [...managers].map(([id, manager]) => [id, { ...manager, fields: change(manager, id) }] as const);
  return new Map(changed.filter(([, { fields }]) => !isEmptySet(fields)));
}

function entryOf({ fields, ...manager }: Manager): ManagedFieldsEntry {
  const { subresource, ...entry } = manager;
  return {
    ...entry,
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(fields),
    ...(subresource !== undefined && subresource !== "" && { subresource }),
  };
}

function byAge(left: ManagedFieldsEntry, right: ManagedFieldsEntry): number {
  const [mine, other] = [sortKey(left), sortKey(right)];
  const index = mine.findIndex((part, position) => part !== other[position]);
  return index === -1 || (mine[index] ?? "") < (other[index] ?? "") ? -1 : 1;
}

function sortKey(entry: ManagedFieldsEntry): readonly string[] {
  return [entry.operation, entry.time ?? "", entry.manager ?? "", entry.apiVersion, entry.subresource ?? ""];
}
