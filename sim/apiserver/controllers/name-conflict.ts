import type { Obj } from "../../object.ts";
import { listAt, objectAt, textAt } from "../../value-at.ts";

/** Why the names of a CRD cannot be accepted. */
export type NameConflict = { readonly reason: string; readonly message: string };

/** The first name of `crd` that another CRD of its group has been given already. */
export function nameConflict(crd: Obj, all: readonly Obj[]): NameConflict | undefined {
  const others = all.filter((other) => other.metadata.name !== crd.metadata.name && groupOf(other) === groupOf(crd));
  const taken = others.map((other) => objectAt(other, "status", "acceptedNames"));
  const kinds = taken.flatMap((names) => [textAt(names, "kind"), textAt(names, "listKind")]);
  const resources = taken.flatMap(resourceNamesOf);
  const names = objectAt(crd, "spec", "names");
  const wanted: readonly (readonly [reason: string, name: string, taken: readonly string[]])[] = [
    ["ListKindConflict", textAt(names, "listKind"), kinds],
    ["KindConflict", textAt(names, "kind"), kinds],
    ...shortNamesOf(names).map((name) => ["ShortNamesConflict", name, resources] as const),
    ["SingularConflict", textAt(names, "singular"), resources],
    ["PluralConflict", textAt(names, "plural"), resources],
  ];
  const [reason, name] = wanted.find(([, wish, used]) => wish !== "" && used.includes(wish)) ?? [];
  return reason === undefined ? undefined : { reason, message: `${JSON.stringify(name)} is already in use` };
}

function resourceNamesOf(names: unknown): readonly string[] {
  return [textAt(names, "plural"), textAt(names, "singular"), ...shortNamesOf(names)];
}

function shortNamesOf(names: unknown): readonly string[] {
  return listAt(names, "shortNames").map(String);
}

function groupOf(crd: Obj): string {
  return textAt(crd, "spec", "group");
}
