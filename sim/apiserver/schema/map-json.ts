import type { Json, JsonObject } from "../../json.ts";

// What stays as it is stays the same object: whoever compares it with what was before need not look inside.

/** The list with each item changed; the list itself when no item is another one afterwards. */
export function mapItems(list: readonly Json[], change: (item: Json, index: number) => Json): readonly Json[] {
  const changed = list.map(change);
  return changed.every((item, index) => item === list[index]) ? list : changed;
}

/** The object with each field changed, or left out; the object itself when every field is as before. */
export function mapFields(object: JsonObject, change: (key: string, value: Json) => Json | undefined): JsonObject {
  const result: [key: string, value: Json][] = [];
  let isSame = true;
  for (const [key, value] of Object.entries(object)) {
    const changed = value === undefined ? undefined : change(key, value);
    isSame &&= changed !== undefined && changed === value;
    if (changed !== undefined) {
      result.push([key, changed]);
    }
  }
  return isSame ? object : Object.fromEntries(result);
}
