import type { Obj } from "../../object.ts";
import { listAt, textAt } from "../../value-at.ts";

/** Why a CRD does not get its names. */
export type NameConflict = { readonly reason: string; readonly message: string };

type Name = readonly [reason: string, field: "plural" | "singular" | "kind" | "listKind"];

const RESOURCE_NAMES: readonly Name[] = [
  ["PluralConflict", "plural"],
  ["SingularConflict", "singular"],
];
const KINDS: readonly Name[] = [
  ["KindConflict", "kind"],
  ["ListKindConflict", "listKind"],
];

/** The last name of a CRD that another one of its group has been given already. */
export function nameConflict(crd: Obj, all: readonly Obj[]): NameConflict | undefined {
  const others = all.filter((other) => other.metadata.name !== crd.metadata.name && groupOf(other) === groupOf(crd));
  const resources = new Set(others.flatMap((other) => [...taken(other, RESOURCE_NAMES), ...shortNames(other)]));
  const kinds = new Set(others.flatMap((other) => taken(other, KINDS)));
  const conflicts = [...conflictsIn(crd, RESOURCE_NAMES, resources), ...conflictsIn(crd, KINDS, kinds)];
  return conflicts.at(-1);
}

function groupOf(crd: Obj): string {
  return textAt(crd, "spec", "group");
}

function taken(crd: Obj, names: readonly Name[]): readonly string[] {
  return names.map(([, field]) => textAt(crd, "status", "acceptedNames", field)).filter((name) => name !== "");
}

function shortNames(crd: Obj): readonly string[] {
  return listAt(crd, "status", "acceptedNames", "shortNames").filter((name) => typeof name === "string");
}

function conflictsIn(crd: Obj, names: readonly Name[], used: ReadonlySet<string>): readonly NameConflict[] {
  return names
    .map(([reason, field]) => ({ reason, field, wanted: textAt(crd, "spec", "names", field) }))
    .filter(({ field, wanted }) => used.has(wanted) && wanted !== textAt(crd, "status", "acceptedNames", field))
    .map(({ reason, wanted }) => ({ reason, message: `${JSON.stringify(wanted)} is already in use` }));
}
