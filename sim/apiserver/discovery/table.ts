import type { Obj } from "../../object.ts";
import type { ServedResource } from "../served-resource.ts";

/** What a table shows. */
export type TableInput = { readonly objects: readonly Obj[]; readonly resource: ServedResource; readonly now: number };

/** A `meta.k8s.io/v1` Table with the names of objects. */
export function toTable({ objects }: TableInput): object {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    columnDefinitions: [{ name: "Name", type: "string", format: "name", description: "", priority: 0 }],
    rows: objects.map((object) => ({ cells: [object.metadata.name], object })),
  };
}
