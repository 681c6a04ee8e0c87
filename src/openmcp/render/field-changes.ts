import { isDeepStrictEqual } from "node:util";

import { isRecord } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";
import { isReadTogether, maskAt } from "./mask-object.ts";
import { asWritten } from "./offline.ts";

/** One field of an object that is another one afterwards. Values are masked; one that is absent is left out. */
export type FieldChange = { readonly field: string; readonly from?: unknown; readonly to?: unknown };

/** Annotations of which nobody wants to know the value. */
export type Hidden = {
  /** These are left out. */
  readonly bookkeeping?: readonly string[];
  /** Of these it is enough to know that they change. */
  readonly tokens?: readonly string[];
};

const ANOTHER = "(another one)";

/**
 * Lists the fields in which two states of an object differ, without what its API server keeps by itself. Pure.
 *
 * A map that is added or removed is one field. Lists of the same length are compared item by item. What cannot be masked
 * part by part is one field.
 */
export function fieldChanges(before: KubeObject, after: KubeObject, hidden: Hidden = {}): readonly FieldChange[] {
  const { bookkeeping = [], tokens = [] } = hidden;
  const found: Difference[] = [];
  compare(asWritten(before, bookkeeping), asWritten(after, bookkeeping), { path: [], found });
  return found.map(({ path, from, to }) => {
    const isToken = path[0] === "metadata" && tokens.includes(path.at(-1) ?? "");
    const shown = (value: unknown): unknown => (isToken ? ANOTHER : maskAt(after.kind, path, value));
    return {
      field: fieldOf(path),
      ...(from !== undefined && !isToken && { from: shown(from) }),
      ...(to !== undefined && { to: isDeepStrictEqual(shown(from), shown(to)) ? ANOTHER : shown(to) }),
    };
  });
}

type Difference = { readonly path: readonly string[]; readonly from: unknown; readonly to: unknown };
type Walk = { readonly path: readonly string[]; readonly found: Difference[] };

function compare(from: unknown, to: unknown, { path, found }: Walk): void {
  const fields = isReadTogether(from) || isReadTogether(to) ? undefined : fieldsOf(from, to);
  if (fields !== undefined) {
    fields.forEach(([field, one, other]) => compare(one, other, { path: [...path, field], found }));
  } else if (!isDeepStrictEqual(from, to)) {
    found.push({ path, from, to });
  }
}

/** The fields of two maps, or the items of two lists of the same length, side by side. */
function fieldsOf(from: unknown, to: unknown): readonly (readonly [string, unknown, unknown])[] | undefined {
  if (isRecord(from) && isRecord(to)) {
    const names = new Set([...Object.keys(from), ...Object.keys(to)]);
    return Array.from(names, (name) => [name, from[name], to[name]]);
  }
  return Array.isArray(from) && Array.isArray(to) && from.length === to.length
    ? from.map((item: unknown, index) => [String(index), item, to[index]])
    : undefined;
}

const PLAIN = /^[A-Za-z_][\w-]*$/;

function fieldOf(path: readonly string[]): string {
  return path.map((name, index) => (PLAIN.test(name) ? `${index === 0 ? "" : "."}${name}` : `[${name}]`)).join("");
}
