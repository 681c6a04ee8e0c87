import type { Obj } from "../../object.ts";
import { asJson } from "../schema/as-json.ts";
import { builtinZero } from "../schema/builtin-zero.ts";
import { compareValues } from "./compare-values.ts";
import { difference, EMPTY_SET, type FieldSet, isEmptySet, union } from "./field-set.ts";
import { managerId, type Managers, mapFields, readManagers, withManagers } from "./managers.ts";
import { trackedFields, writtenFields } from "./untracked-fields.ts";
import { ownershipNode, resetFieldsOf, type Write } from "./write.ts";

/** A create (`before` is absent), update or patch that is not an apply. */
export type Update = Write & { readonly before?: Obj; readonly after: Obj };

/**
 * Gives `after` the `managedFields` that it gets from being written by an update.
 *
 * What the write changes belongs to its manager alone afterwards; what it leaves keeps its owners.
 */
export function recordUpdate(update: Update): Obj {
  const { before, after } = update;
  const managers = startingManagers(update);
  if (managers.size === 0 && before !== undefined) {
    return withManagers(after, managers);
  }
  const node = ownershipNode(update, after.kind);
  const reset = resetFieldsOf(update);
  const start = before ?? builtinZero(after);
  const { added, modified, removed } = compareValues(node, asJson(start), asJson(after));
  const taken = writtenFields(union(added, modified), reset);
  const gone = writtenFields(removed, reset);

  const left = mapFields(managers, ({ fields }) => difference(difference(fields, taken), gone));
  return withManagers(after, addOwn(left, update, trackedFields(taken)));
}

// A client may send `managedFields` itself; an empty list asks for a fresh start.
function startingManagers({ before, after, subresource = "" }: Update): Managers {
  const sent = after.metadata.managedFields;
  if (subresource !== "" || sent === undefined) {
    return readManagers(before);
  }
  const isReset = sent.length === 0 || (sent.length === 1 && Object.keys(sent[0] ?? {}).length === 0);
  return isReset ? new Map() : readManagers(after);
}

function addOwn(managers: Managers, update: Update, taken: FieldSet): Managers {
  if (isEmptySet(taken)) {
    return managers;
  }
  const { manager, apiVersion, time, subresource = "" } = update;
  const own = { manager, operation: "Update" as const, apiVersion, ...(subresource !== "" && { subresource }) };
  const id = managerId(own);
  const fields = union(managers.get(id)?.fields ?? EMPTY_SET, taken);
  return new Map([...managers, [id, { ...own, time, fields }]]);
}
