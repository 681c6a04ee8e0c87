import type { Obj } from "../../object.ts";
import type { ServedResource } from "../api/served-resource.ts";
import { builtinColumns } from "./builtin-columns.ts";
import { customColumns } from "./custom-columns.ts";

/** What a table shows. */
export type TableInput = { readonly objects: readonly Obj[]; readonly resource: ServedResource; readonly now: number };

/** A `meta.k8s.io/v1` Table with the columns the API server has for the resource, one row an object. */
export function toTable({ objects, resource, now }: TableInput): object {
  const { group, kind, schema, printerColumns } = resource;
  const columns = schema === undefined ? builtinColumns(group, kind) : customColumns(printerColumns ?? []);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    columnDefinitions: columns.map(({ cell: _cell, ...definition }) => definition),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, now) ?? null),
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}
