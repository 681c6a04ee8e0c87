import { intersection, pathsOf, type FieldSet } from "./field-set.ts";
import { pathText } from "./fields-v1.ts";
import type { Managers } from "./managers.ts";

/** A field that another manager owns with a different value. */
export type Conflict = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string;
  /** For example `.spec.replicas`. */
  readonly field: string;
};

/** Everything in `taken` that one of `managers` owns. */
export function conflictsOf(managers: Managers, taken: FieldSet): Conflict[] {
  return [...managers.values()].flatMap(({ manager = "", operation, apiVersion, subresource, fields }) =>
    [...pathsOf(intersection(fields, taken))].map((path) => ({
      manager,
      operation,
      apiVersion,
      ...(subresource !== undefined && { subresource }),
      field: pathText(path),
    })),
  );
}

/** Message of the 409 that refuses an apply. */
export function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${managerText(first)}: ${first.field}`;
  }
  const byManager = Map.groupBy(conflicts, managerText);
  const lines = [...byManager]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([manager, those]) => [`conflicts with ${manager}:`, ...those.map(({ field }) => `- ${field}`)]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

/** The entries of `details.causes` of that 409. */
export function conflictCauses(
  conflicts: readonly Conflict[],
): { readonly reason: string; readonly message: string; readonly field: string }[] {
  return conflicts.map((conflict) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${managerText(conflict)}`,
    field: conflict.field,
  }));
}

function managerText({ manager, operation, apiVersion, subresource }: Conflict): string {
  const where = subresource === undefined ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  const version = operation === "Update" ? ` using ${apiVersion}` : "";
  return `${JSON.stringify(manager)}${where}${version}`;
}
